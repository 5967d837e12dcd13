"""Luma, and the colour classes of colorization."""

from functools import cache

import cv2
import numpy as np
from skimage.color import rgb2lab

from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

COLOUR_STEP = 10  # of a and b, CIELAB units
COLOUR_STRIDE = 4


def grey(views: Views) -> np.ndarray:
    """Weigh the colours as luma: float32 (N, H, W) in [0, 1]."""
    return np.stack([cv2.cvtColor(rgb.transpose(1, 2, 0), cv2.COLOR_RGB2GRAY) for rgb in views["rgb"]])


@cache
def colour_bins() -> np.ndarray:
    """Return the bins of a and b that sRGB can show, (bins, 2), on a grid of `COLOUR_STEP`.

    Zhang et al. (2016), section 2.1, quantise the same plane at the same step into 313 bins; the number
    here is that of the grid cells that hold at least one of the 8-bit colours.
    """
    levels = np.linspace(0, 1, 52)
    cube = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3)
    return np.unique(np.rint(rgb2lab(cube)[0, :, 1:] / COLOUR_STEP).astype(int), axis=0)


@cache
def _bin_table() -> np.ndarray:
    """Find the nearest bin for each (a, b) on the grid: int16 (27, 27), index offset by 13."""
    a, b = np.mgrid[-13:14, -13:14]
    grid = np.stack([a, b], axis=-1).reshape(-1, 1, 2)
    nearest = ((grid - colour_bins()[None]) ** 2).sum(axis=-1).argmin(axis=1)
    return nearest.reshape(27, 27).astype(np.int16)


def colour_bin(views: Views) -> Channels:
    """Name the colour class of every `COLOUR_STRIDE`-th pixel's area, int16 (N, H/4, W/4)."""
    labels = []
    for rgb in views["rgb"]:
        height, width = rgb.shape[-2:]
        small = (width // COLOUR_STRIDE, height // COLOUR_STRIDE)
        lab = rgb2lab(cv2.resize(rgb.transpose(1, 2, 0), small, interpolation=cv2.INTER_AREA))
        a, b = np.clip(np.rint(lab[..., 1:] / COLOUR_STEP).astype(int), -13, 13).transpose(2, 0, 1) + 13
        labels.append(_bin_table()[a, b])
    return {"colour_bin": np.stack(labels)}
