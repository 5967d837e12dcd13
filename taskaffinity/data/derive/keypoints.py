"""Keypoints of texture: the response of SURF's detector."""

from collections.abc import Iterator

import cv2
import numpy as np

from taskaffinity.data.derive.colour import grey
from taskaffinity.data.derive.edges import stretch
from taskaffinity.data.derive.hessian import BoxHessian
from taskaffinity.data.derive.published import REFERENCE_SIDE
from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

SIGMAS = np.linspace(1, 30, 10)  # pixels at the reference side


def keypoints2d(views: Views) -> Channels:
    """Measure blob response, (N, 1, H, W), in [0, 1], before non-maximum suppression.

    The determinant of the Hessian that SURF thresholds (Bay et al. 2008, section 3), in box filters, best
    over scales, as ``create_keypoints_2d_images.py`` of the Omnidata annotator has it; saddles are 0. Box
    filters of a few pixels respond by their rounding, so that smaller images are enlarged to the reference
    side and the response is read off at the centres of their pixels.
    """
    images = grey(views)
    size = images.shape[-1]
    centres = ((np.arange(size) + 0.5) * REFERENCE_SIDE / size).astype(int)
    hessian = BoxHessian((REFERENCE_SIDE, REFERENCE_SIDE), centres, centres, SIGMAS)
    response = np.stack([hessian.det(integral).max(axis=0) for integral in _integrals(images)])
    return {"keypoints2d": stretch(response, "keypoints2d")}


def _integrals(images: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the integral image, float64, of each square image brought to the reference side.

    They share their memory: each is valid until the next. OpenCV gets the image transposed because it adds
    along rows first; so the sums are rounded as scikit-image's are.
    """
    side = REFERENCE_SIDE
    method = cv2.INTER_CUBIC if images.shape[-1] < side else cv2.INTER_AREA
    large, turned = np.empty((2, side, side), images.dtype)
    sums = np.empty((side + 1, side + 1))
    for image in images:
        cv2.resize(image, (side, side), dst=large, interpolation=method)
        cv2.transpose(large, dst=turned)
        cv2.integral(turned, sum=sums, sdepth=cv2.CV_64F)
        yield sums.T
