"""Distances between all pairs of samples, for estimates that compare geometries."""

import numpy as np

MOST_SAMPLES = 1000  # a matrix of all pairs grows with the square; more samples are thinned out evenly


def squared_distances(values: np.ndarray) -> np.ndarray:
    """Return the squared Euclidean distances of all pairs: (N, D) to (N, N)."""
    centred = values - values.mean(0)
    norms = (centred**2).sum(1)
    squares = np.maximum(norms[:, None] + norms - 2 * centred @ centred.T, 0.0)
    np.fill_diagonal(squares, 0.0)
    return squares


def city_block(values: np.ndarray) -> np.ndarray:
    """Return the sums of absolute differences of all pairs: (N, D) to (N, N)."""
    from scipy.spatial.distance import pdist, squareform

    return squareform(pdist(values, "cityblock"))


def standardised(values: np.ndarray) -> np.ndarray:
    """Bring every column to mean 0 and spread 1; columns that do not vary become 0."""
    spread = values.std(0)
    return (values - values.mean(0)) / np.where(spread > 0, spread, 1.0)
