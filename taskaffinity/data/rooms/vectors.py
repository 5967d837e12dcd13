"""Arithmetic on many vectors at a time.

Arrays of vectors are (S, 3), and are stored by columns: all x, then all y, then all z. NumPy then works
along S instead of along three numbers, which is five to ten times quicker. What casts rays, shades and looks
up textures takes any order and gives columns.
"""

import numpy as np


def rows(table: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Return ``table[index]`` by columns; quick for a table that is stored by columns itself, or is small."""
    return table.T.take(index, axis=-1).T


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the inner products along the last axis."""
    return np.einsum("...k,...k->...", a, b)


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the vector products of (S, 3) and (S, 3), or of (3,) and (3,), quicker than NumPy's."""
    (ax, ay, az), (bx, by, bz) = a.T, b.T
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx]).T
