"""What rays hit: the surface there, and its normal.

Axis legend: S rays. Directions need not be of unit length; distances are in units of them.
"""

from dataclasses import dataclass

import numpy as np

from taskaffinity.data.rooms.scene import Scene
from taskaffinity.data.rooms.vectors import dot, rows

SKIN = 2e-3  # metres by which a new ray starts off the surface it leaves
BEND = 0.85  # cosine between smooth and flat normal under which the flat one is taken


@dataclass(frozen=True)
class Hits:
    """Where rays end. Every ray hits something, as the scene is closed.

    Attributes
    ----------
    triangle
        int (S,).
    distance
        float32 (S,), in units of the rays' directions.
    weights
        float32 (S, 3), of the triangle's corners.
    place
        float32 (S, 3), metres.
    normal
        float32 (S, 3), the smooth unit normal, or the flat one where the two differ much; on the rays' side.
    inside
        bool (S,), whether the surface was hit from its inside.
    """

    triangle: np.ndarray
    distance: np.ndarray
    weights: np.ndarray
    place: np.ndarray
    normal: np.ndarray
    inside: np.ndarray


def cast(scene: Scene, origins: np.ndarray, directions: np.ndarray) -> Hits:
    """Follow rays to the first surface; both arguments are float32 (S, 3)."""
    closest = scene.caster.closest(origins, directions)
    triangle, distance, u, v = closest.triangle, closest.distance, closest.u, closest.v
    weights = np.stack([1 - u - v, u, v]).T
    smooth = np.einsum("sc,sck->sk", weights, rows(scene.normals, triangle))
    smooth /= np.maximum(np.sqrt(dot(smooth, smooth)), np.float32(1e-6))[:, None]
    flat = rows(scene.flat, triangle)
    flat *= -np.sign(dot(flat, directions))[:, None]
    side = dot(smooth, flat)
    smooth *= np.sign(side)[:, None]
    bent = np.flatnonzero((np.abs(side) < BEND) | (dot(smooth, directions) >= 0))
    smooth[bent] = flat[bent]
    return Hits(triangle, distance, weights, origins + distance[:, None] * directions, smooth, side < 0)


def free(scene: Scene, origins: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Tell whether nothing is between places and the ends of vectors from them: bool (S,)."""
    return ~scene.caster.blocked(origins, towards)


def reach(scene: Scene, origins: np.ndarray, directions: np.ndarray, most: float) -> np.ndarray:
    """Return how far rays get, at most `most`: float32 (S,)."""
    return scene.caster.distance(origins, directions, most)


def sphere(count: int) -> np.ndarray:
    """Return directions spread evenly over the sphere (a Fibonacci spiral): float32 (count, 3), unit."""
    k = np.arange(count) + 0.5
    z, turn = 1 - 2 * k / count, np.pi * (1 + np.sqrt(5)) * k
    r = np.sqrt(1 - z * z)
    return np.stack([r * np.cos(turn), r * np.sin(turn), z], axis=1).astype(np.float32)
