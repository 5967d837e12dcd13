"""Unsupervised segments, of colour and of geometry: Felzenszwalb and Huttenlocher (2004)."""

import numpy as np
from skimage.segmentation import felzenszwalb

from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

SCALE = 60.0
SMALLEST = 1 / 200  # of the image's pixels


def _segments(image: np.ndarray) -> np.ndarray:
    smallest = max(8, round(SMALLEST * image.shape[0] * image.shape[1]))
    labels = felzenszwalb(image, scale=SCALE, sigma=0.5, min_size=smallest, channel_axis=-1)
    return labels.astype(np.int16)


def segment_unsup2d(views: Views) -> Channels:
    """Segments of colour, int16 (N, H, W); numbers have no order."""
    return {"segment_unsup2d": np.stack([_segments(rgb.transpose(1, 2, 0)) for rgb in views["rgb"]])}


def segment_unsup25d(views: Views) -> Channels:
    """Segments of depth and normals, int16 (N, H, W).

    Depth enters as its logarithm, so that a step counts by its share of the distance.
    """
    log_depth = np.log(np.maximum(views["depth"], 1e-3))
    geometry = np.concatenate([log_depth, views["normal"] / 2], axis=1)
    valid = views.valid("depth") & views.valid("normal")
    geometry = np.where(valid, geometry, 0)
    return {
        "segment_unsup25d": np.stack([_segments(g.transpose(1, 2, 0).astype(np.float64)) for g in geometry]),
        "segment_unsup25d_valid": valid,
    }
