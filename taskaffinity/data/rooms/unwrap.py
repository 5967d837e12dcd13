"""Texture coordinates of triangles.

Axis legend: T triangles, grouped in parts.
"""

import numpy as np


def unwrap(
    local: np.ndarray, counts: np.ndarray, tile: np.ndarray, upright: np.ndarray, shift: np.ndarray
) -> np.ndarray:
    """Project each triangle along the main axis of its normal; the grain runs along the longer side.

    On the building and on fitted parts u runs level and v upwards; a fitted pattern covers its part once.
    """
    start = np.concatenate([[0], np.cumsum(counts)[:-1]])
    low = np.repeat(np.minimum.reduceat(local.min(axis=1), start), counts, axis=0)
    extent = np.repeat(np.maximum.reduceat(local.max(axis=1), start), counts, axis=0) - low
    face = np.abs(cross(local[:, 1] - local[:, 0], local[:, 2] - local[:, 0]))
    axis = face.argmax(axis=1)
    u, v = np.array([1, 0, 0])[axis], np.array([2, 2, 1])[axis]
    rows = np.arange(len(local))
    fitted = tile == 0
    swap = ~fitted & ~upright & (extent[rows, v] > extent[rows, u])
    u, v = np.where(swap, v, u), np.where(swap, u, v)
    axes = np.stack([u, v], axis=1)
    flatly = np.take_along_axis(local, axes[:, None, :], axis=2)
    scale = np.where(
        fitted[:, None],
        1 / np.maximum(np.take_along_axis(extent, axes, 1), 1e-4),
        1 / np.where(fitted, 1, tile)[:, None],
    )
    origin = np.where(fitted[:, None], np.take_along_axis(low, axes, 1), 0)
    return (
        (flatly - origin[:, None]) * scale[:, None] + np.where(fitted, 0, 1)[:, None, None] * shift[:, None]
    ).astype(np.float32)


def density(uv: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Tiles per metre of each triangle: the root of its area in texture over its area in space."""
    a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    return np.sqrt(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / area)


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the vector products of (S, 3) and (S, 3), several times quicker than NumPy's."""
    (ax, ay, az), (bx, by, bz) = a.T, b.T
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=1)
