"""From maps to samples: how encodings (N, D, h, w) and labels per pixel come to the form estimates take.

Dimensions of encodings and of real-valued labels are brought to mean 0 and spread 1, as readouts have them.
This changes no ranking by labels, for they are the same for all sources.

Axis legend: N images, D channels of the encoding and h, w its grid, C channels of a label and H, W its
pixels.
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Samples
from taskaffinity.analysis.estimates._kernels import standardised
from taskaffinity.errors import InputError

GRID = 4  # most cells of the common grid along each side
MOST_DIMENSIONS = 512  # of what is estimated from for labels of whole images
MIN_VALID = 0.5  # share of a cell's pixels that must have a label


def of_images(
    maps: np.ndarray, labels: np.ndarray, valid: np.ndarray, predictions: np.ndarray | None = None
) -> Samples:
    """Make a sample of each image that has a label.

    The encoding is averaged on the finest grid of 4, 2 or 1 cells along each side on which it has at most
    `MOST_DIMENSIONS` values (always 1 for channels beyond that), and laid out as one vector.

    Parameters
    ----------
    maps
        float (N, D, h, w).
    labels
        int (N,) classes or float (N, K) vectors.
    valid
        bool (N,).
    predictions
        float (N, Z), where the source predicts classes.
    """
    known = np.flatnonzero(valid)
    sides = [side for side in (GRID, 2, 1) if maps.shape[1] * side**2 <= MOST_DIMENSIONS] or [1]
    pooled = averaged(maps, *_fitting(maps, sides[0])).reshape(len(maps), -1)
    picked = None if predictions is None else predictions[known]
    return _scaled(pooled[known], labels[known], known, picked)


def of_maps(maps: np.ndarray, labels: np.ndarray, valid: np.ndarray) -> Samples:
    """Make a sample of each position of a coarse grid that encodings and labels share.

    The grid has as many cells as the encoding, at most `GRID` along each side. In each cell the encoding is
    averaged; labels of real values are averaged over the valid pixels, classes per pixel take the most
    frequent one. Cells with less than half of their pixels valid are left out.

    Parameters
    ----------
    maps
        float (N, D, h, w).
    labels
        float (N, C, H, W), or int (N, H, W) classes per pixel.
    valid
        bool (N, 1, H, W).
    """
    rows, columns = _fitting(maps, GRID)
    if labels.shape[-2] < rows or labels.shape[-1] < columns:
        rows, columns = min(rows, labels.shape[-2]), min(columns, labels.shape[-1])
    share = averaged(valid.astype(np.float64), rows, columns)  # (N, 1, r, c)
    if labels.ndim == 3:
        cells = most_frequent(labels, valid[:, 0], rows, columns).reshape(-1)
    else:
        masked = np.where(valid, labels, 0.0)
        means = averaged(masked, rows, columns) / np.maximum(share, 1e-12)
        cells = np.moveaxis(means, 1, -1).reshape(-1, labels.shape[1])
    encodings = np.moveaxis(averaged(maps, rows, columns), 1, -1).reshape(-1, maps.shape[1])
    kept = share.reshape(-1) >= MIN_VALID
    images = np.repeat(np.arange(len(maps)), rows * columns)
    return _scaled(encodings[kept], cells[kept], images[kept], None)


def _scaled(
    encodings: np.ndarray, labels: np.ndarray, images: np.ndarray, predictions: np.ndarray | None
) -> Samples:
    samples = Samples.of(encodings, labels, images, predictions)
    if not len(images):
        return samples
    targets = samples.labels if samples.kind == "classes" else standardised(samples.labels)
    return Samples(standardised(samples.encodings), targets, samples.images, samples.predictions)


def _fitting(maps: np.ndarray, side: int) -> tuple[int, int]:
    if maps.ndim != 4:
        raise InputError(f"encodings must be maps (N, D, h, w), got {maps.shape}")
    return min(side, maps.shape[2]), min(side, maps.shape[3])


def averaged(maps: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Average maps (N, C, H, W) over the cells of a grid: float64 (N, C, rows, columns)."""
    heights, widths = _starts(maps.shape[2], rows), _starts(maps.shape[3], columns)
    sums = np.add.reduceat(np.add.reduceat(maps.astype(np.float64), heights, axis=2), widths, axis=3)
    areas = np.diff([*heights, maps.shape[2]])[:, None] * np.diff([*widths, maps.shape[3]])
    return np.asarray(sums / areas)


def most_frequent(labels: np.ndarray, valid: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """Return the most frequent valid class of each cell, of several the least: int64 (N, rows, columns)."""
    classes = np.unique(labels[valid]) if valid.any() else np.zeros(1, np.int64)
    most, chosen = (
        np.full((len(labels), rows, columns), -1.0),
        np.zeros((len(labels), rows, columns), np.int64),
    )
    for one in classes:
        share = averaged(((labels == one) & valid)[:, None], rows, columns)[:, 0]
        chosen[share > most] = one
        most = np.maximum(most, share)
    return chosen


def _starts(size: int, parts: int) -> np.ndarray:
    return np.arange(parts) * size // parts
