"""Edges of texture and of depth, defined as in Taskonomy's annotation pipeline.

The definitions are those of ``create_edge_2d_images.py`` and ``create_edge_3d_images.py`` in the Omnidata
annotator, which made the published files. Lengths are in shares of the image's side, so that an image shrunk
by s has the label shrunk by s: σ scales with s, and a gradient per pixel is multiplied by s.
"""

import numpy as np
from scipy.ndimage import binary_erosion, gaussian_filter
from skimage.filters import sobel

from taskaffinity.data.derive.colour import grey
from taskaffinity.data.derive.published import (
    DEPTH_RANGE,
    EDGE_OCCLUSION_BLUR,
    REFERENCE_SIDE,
    USEFUL_RANGE,
)
from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

CANNY_SIGMA = 3.0  # pixels at the reference side


def edge_texture(views: Views) -> Channels:
    """Measure the gradient of smoothed luma, (N, 1, H, W), in [0, 1]: Canny before non-maximum suppression.

    Sobel's magnitude after a Gaussian, the Gaussian normalised at the border (Canny 1986, section VII);
    1 is the top of Taskonomy's useful range, and what is above it is cut off.
    """
    images = grey(views)
    scale = images.shape[-1] / REFERENCE_SIDE
    strength = np.stack([sobel(smooth(image, CANNY_SIGMA * scale)) for image in images]) * scale
    return {"edge_texture": stretch(strength, "edge_texture")}


def edge_occlusion(views: Views) -> Channels:
    """Measure the gradient of the root of depth, (N, 1, H, W), in [0, 1]; blurred as Taskonomy's targets are.

    Large where one surface hides another, small on slanted surfaces and on creases. Pixels without depth have
    no edge; where one is among a pixel's neighbours the label is not valid.
    """
    valid = views.valid("depth")[:, 0]
    root = np.sqrt(np.where(valid, views["depth"][:, 0], 0) / DEPTH_RANGE)
    scale = root.shape[-1] / REFERENCE_SIDE
    whole = np.stack([binary_erosion(mask, np.ones((3, 3)), border_value=1) for mask in valid])
    strength = np.stack([sobel(image) for image in root]) * whole * scale
    blurred = gaussian_filter(strength, (0, EDGE_OCCLUSION_BLUR * scale, EDGE_OCCLUSION_BLUR * scale))
    return {"edge_occlusion": stretch(blurred, "edge_occlusion"), "edge_occlusion_valid": whole[:, None]}


def smooth(image: np.ndarray, sigma: float) -> np.ndarray:
    """Blur (H, W) with a Gaussian that counts only what lies inside the image."""
    inside = gaussian_filter(np.ones(image.shape), sigma, mode="constant")
    return gaussian_filter(image.astype(float), sigma, mode="constant") / inside


def stretch(strength: np.ndarray, name: str) -> np.ndarray:
    """Stretch the useful range of a map (N, H, W) to [0, 1]: float32 (N, 1, H, W)."""
    return np.clip(strength / USEFUL_RANGE[name], 0, 1).astype(np.float32)[:, None]
