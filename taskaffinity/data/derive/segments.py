"""Unsupervised segments, of colour and of geometry: Felzenszwalb and Huttenlocher (2004).

The settings are those of ``create_segmentation_2d_images.py`` and ``create_segmentation_25d_images.py`` in
the Omnidata annotator, which made the published files. What those do afterwards, a normalised cut that joins
segments of like mean, takes a hundred times as long and is left out; a larger smallest segment stands for it.
"""

import warnings

import numpy as np
from skimage.segmentation import felzenszwalb

from taskaffinity.data.derive.published import DEPTH_UNITS, REFERENCE_SIDE
from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

SCALE = 200.0
SMALLEST = 1 / 400  # of the image's pixels
COLOUR_SIGMA, GEOMETRY_SIGMA = 3.0, 2.0  # pixels at the reference side
DEPTH_WEIGHT = 2.0  # normals weigh 1


def segment_unsup2d(views: Views) -> Channels:
    """Segment by colour: int16 (N, H, W); numbers have no order."""
    return {"segment_unsup2d": np.stack([segments(rgb, COLOUR_SIGMA) for rgb in views["rgb"]])}


def segment_unsup25d(views: Views) -> Channels:
    """Segment by depth and normals: int16 (N, H, W).

    Depth enters as its logarithm, so that a step counts by its share of the distance.
    """
    log_depth = np.log(np.maximum(views["depth"] * DEPTH_UNITS, 1)) / 16
    geometry = np.concatenate([DEPTH_WEIGHT * log_depth, (views["normal"] + 1) / 2], axis=1)
    valid = views.valid("depth") & views.valid("normal")
    geometry = np.where(valid, geometry, 0)
    return {
        "segment_unsup25d": np.stack([segments(g, GEOMETRY_SIGMA) for g in geometry]),
        "segment_unsup25d_valid": valid,
    }


def segments(image: np.ndarray, sigma: float) -> np.ndarray:
    """Segment (C, H, W) with values about [0, 1]; σ in pixels at the reference side."""
    height, width = image.shape[-2:]
    smallest = max(4, round(SMALLEST * height * width))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Got image with third dimension")
        labels = felzenszwalb(
            image.transpose(1, 2, 0).astype(np.float64), scale=SCALE, sigma=sigma * width / REFERENCE_SIDE,
            min_size=smallest, channel_axis=-1,
        )  # fmt: skip
    return labels.astype(np.int16)
