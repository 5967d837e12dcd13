"""Keypoints of texture: the response of SURF's detector."""

import cv2
import numpy as np
from skimage.transform import integral_image

from taskaffinity.data.derive.colour import grey
from taskaffinity.data.derive.edges import stretch
from taskaffinity.data.derive.hessian import box_hessian_det
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
    return {"keypoints2d": stretch(np.stack([_response(image) for image in grey(views)]), "keypoints2d")}


def _response(image: np.ndarray) -> np.ndarray:
    """Return the best response over scales at the pixels of a square image: (H, W)."""
    size = image.shape[-1]
    method = cv2.INTER_CUBIC if size < REFERENCE_SIDE else cv2.INTER_AREA
    large = cv2.resize(image, (REFERENCE_SIDE, REFERENCE_SIDE), interpolation=method)
    centres = ((np.arange(size) + 0.5) * REFERENCE_SIDE / size).astype(int)
    integral = integral_image(large.astype(np.float64))
    return np.max([box_hessian_det(integral, centres, centres, sigma) for sigma in SIGMAS], axis=0)
