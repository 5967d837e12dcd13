"""Texture coordinates of triangles.

Axis legend: T triangles, grouped in parts.
"""

import numpy as np

from taskaffinity.data.rooms.vectors import cross, rows


def unwrap(
    local: np.ndarray, counts: np.ndarray, tile: np.ndarray, upright: np.ndarray, shift: np.ndarray
) -> np.ndarray:
    """Project each triangle along the main axis of its normal; the grain runs along the longer side.

    On the building and on fitted parts u runs level and v upwards; a fitted pattern covers its part once.
    """
    start, part = np.cumsum(counts) - counts, np.repeat(np.arange(len(counts)), counts)
    low = np.minimum.reduceat(local.min(axis=1), start)
    extent = rows(np.maximum.reduceat(local.max(axis=1), start) - low, part)
    face = np.abs(cross(local[:, 1] - local[:, 0], local[:, 2] - local[:, 0]))
    main = face.argmax(axis=1)
    u, v = np.array([1, 0, 0]).take(main), np.array([2, 2, 1]).take(main)
    fitted = tile == 0
    swap = ~fitted & ~upright & (np.choose(v, extent.T) > np.choose(u, extent.T))
    axes = np.where(swap, v, u), np.where(swap, u, v)
    flatly, origin, sides = (
        np.stack([np.choose(axis, vectors.T) for axis in axes])
        for vectors in (local, rows(low, part), extent)
    )
    scale = np.where(fitted, 1 / np.maximum(sides, 1e-4), 1 / np.where(fitted, 1, tile))
    uv = (flatly - np.where(fitted, origin, 0)[:, None]) * scale[:, None]
    return (uv + np.where(fitted, 0, shift.T)[:, None]).T


def density(uv: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Tiles per metre of each triangle: the root of its area in texture over its area in space."""
    a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    return np.sqrt(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / area)
