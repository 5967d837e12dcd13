"""The primitives that things are built of, as triangle soups with smooth normals.

Axis legend: T triangles, 3 corners, 3 coordinates. Lengths are metres; z is up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from taskaffinity.data.rooms.vectors import cross, dot

SMOOTH = np.cos(np.pi / 4)  # of the angle between two segments of a profile under which their bend is smooth
Vector = Sequence[float] | np.ndarray


@dataclass(frozen=True)
class Soup:
    """Triangles.

    Attributes
    ----------
    corners
        (T, 3, 3), metres.
    normals
        (T, 3, 3), the unit normal at each corner.
    """

    corners: np.ndarray
    normals: np.ndarray

    def moved(self, by: Vector) -> "Soup":
        """Return the soup shifted by a vector."""
        return Soup(self.corners + np.asarray(by, float), self.normals)

    def scaled(self, by: Vector) -> "Soup":
        """Return the soup scaled along the axes; all factors positive."""
        factors = np.asarray(by, float)
        return Soup(self.corners * factors, _unit(self.normals / factors))

    def turned(self, rotation: np.ndarray) -> "Soup":
        """Return the soup turned by a rotation matrix."""
        return Soup(*((v.reshape(-1, 3) @ rotation.T).reshape(v.shape) for v in (self.corners, self.normals)))


def rotation(axis: int, angle: float) -> np.ndarray:
    """Return the matrix that turns by an angle in radians about x (0), y (1) or z (2)."""
    c, s = np.cos(angle), np.sin(angle)
    a, b = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[[a, a, b, b], [a, b, a, b]] = c, -s, s, c
    return matrix


def box(size: Vector, at: Vector = (0, 0, 0)) -> Soup:
    """Return a box; `at` is the centre of its bottom face."""
    unit = _unit_box()
    return Soup(unit.corners * np.maximum(size, 1e-4) + np.asarray(at, float), unit.normals)


def cushion(size: Vector, at: Vector = (0, 0, 0), roundness: float = 0.35) -> Soup:
    """Return a soft box, a superellipsoid: roundness 1 is an ellipsoid, 0.1 nearly a box."""
    half = np.asarray(size, float) / 2
    around = 12 if half.max() < 0.06 else 20 if half.max() < 0.16 else 28
    return (
        _superellipsoid(round(roundness, 2), around, around // 2)
        .scaled(half)
        .moved(np.add(at, (0, 0, half[2])))
    )


def leaf(size: Vector) -> Soup:
    """Return a small coarse ellipsoid about the origin."""
    return _superellipsoid(1.0, 6, 4).scaled(np.asarray(size, float) / 2)


def ball(radius: float, at: Vector = (0, 0, 0)) -> Soup:
    """Return a sphere; `at` is its lowest point."""
    return cushion([2 * radius] * 3, at, 1.0)


def cylinder(radius: float, height: float, at: Vector = (0, 0, 0), segments: int = 24) -> Soup:
    """Return an upright closed cylinder; `at` is the centre of its bottom."""
    return _unit_cylinder(segments).scaled((radius, radius, height)).moved(at)


def rod(start: Vector, end: Vector, radius: float, segments: int = 10) -> Soup:
    """Return a thin cylinder between two points."""
    a, b = np.asarray(start, float), np.asarray(end, float)
    along = b - a
    length = float(np.linalg.norm(along))
    z = along / length
    x = cross(z, np.array([0, 0, 1] if abs(z[2]) < 0.9 else [1, 0, 0]))
    x /= np.linalg.norm(x)
    frame = np.array([x, cross(z, x), z]).T
    return cylinder(radius, length, segments=segments).turned(frame).moved(a)


def lathe(profile: Sequence[tuple[float, float]], at: Vector = (0, 0, 0), segments: int = 32) -> Soup:
    """Return the surface of revolution of a profile of (radius, height) about z.

    Bends under 45° are smooth, sharper ones are edges.
    """
    return _lathe(tuple((round(float(r), 5), round(float(z), 5)) for r, z in profile), segments).moved(at)


def sheet(width: float, height: float, waves: float, depth: float, at: Vector = (0, 0, 0)) -> Soup:
    """Return a hanging cloth in the xz plane with upright folds of a depth; `at` is the middle of its hem."""
    x = np.linspace(-0.5, 0.5, max(8, int(waves * 10)))
    phase = 2 * np.pi * waves * x
    y, slope = depth / 2 * np.sin(phase), depth / 2 * np.cos(phase) * 2 * np.pi * waves / width
    normal = np.stack([slope, -np.ones_like(x), np.zeros_like(x)], axis=1)
    foot = np.stack([x * width, y, np.zeros_like(x)], axis=1)
    points = np.stack([foot, foot + np.array([0, 0, height])])
    return _strip(points, np.stack([_unit(normal)] * 2)).moved(at)


def _strip(points: np.ndarray, normals: np.ndarray) -> Soup:
    """Return the triangles of a grid of points (R, C, 3)."""

    def split(grid: np.ndarray) -> np.ndarray:
        a, b, c, d = grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]
        return np.concatenate([np.stack(t, axis=2).reshape(-1, 3, 3) for t in ((a, b, c), (a, c, d))])

    return Soup(split(points), split(normals))


@lru_cache(maxsize=1)
def _unit_box() -> Soup:
    corners, normals = [], []
    for axis in range(3):
        for side in (-0.5, 0.5):
            quad = np.zeros((4, 3))
            quad[:, axis] = side
            quad[:, (axis + 1) % 3] = [-0.5, 0.5, 0.5, -0.5]
            quad[:, (axis + 2) % 3] = [-0.5, -0.5, 0.5, 0.5]
            normal = np.zeros(3)
            normal[axis] = np.sign(side)
            quad = quad[::-1] if side < 0 else quad
            corners += [quad[[0, 1, 2]], quad[[0, 2, 3]]]
            normals += [np.tile(normal, (3, 1))] * 2
    return Soup(np.add(corners, (0, 0, 0.5)), np.array(normals))


@lru_cache(maxsize=16)
def _unit_cylinder(segments: int) -> Soup:
    return lathe([(0, 0), (1, 0), (1, 1), (0, 1)], segments=segments)


@lru_cache(maxsize=128)
def _superellipsoid(roundness: float, around: int, up: int) -> Soup:
    """Return |x|^(2/e) + |y|^(2/e) + |z|^(2/e) = 1 (Barr 1981) with its analytic normals."""
    theta, phi = np.meshgrid(
        np.linspace(-np.pi / 2, np.pi / 2, up + 1), np.linspace(0, 2 * np.pi, around + 1)
    )
    direction = np.stack([np.cos(theta) * np.cos(phi), np.cos(theta) * np.sin(phi), np.sin(theta)], axis=-1)
    direction[np.abs(direction) < 1e-12] = 0
    points = np.sign(direction) * np.abs(direction) ** roundness
    normals = np.sign(direction) * np.abs(direction) ** (2 - roundness)
    return _strip(points, _unit(normals))


@lru_cache(maxsize=256)
def _lathe(profile: tuple[tuple[float, float], ...], segments: int) -> Soup:
    line = np.array(profile)
    step = np.diff(line, axis=0)
    outward = np.stack([step[:, 1], -step[:, 0]], axis=1)
    outward /= np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    around = _circle(segments)
    points = _ring(line, around)
    first, last = (_ring(ends, around) for ends in _blend(outward))
    return _solid(_quads(points[:-1], points[1:]), _quads(first, last))


@lru_cache(maxsize=16)
def _circle(segments: int) -> np.ndarray:
    """Return (cosine, sine, 1) of angles all round: (segments + 1, 3)."""
    angle = np.linspace(0, 2 * np.pi, segments + 1)
    return np.stack([np.cos(angle), np.sin(angle), np.ones(segments + 1)], axis=1)


def _ring(line: np.ndarray, around: np.ndarray) -> np.ndarray:
    """Turn each (radius, height) around the axis: (P, C, 3)."""
    return line[:, None, [0, 0, 1]] * around


def _quads(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return the triangles between rings (P, C, 3): (T, 3, 3), of each two the lower ones, then the upper."""
    a, b, c, d = low[:, :-1], low[:, 1:], high[:, 1:], high[:, :-1]
    halves = [np.stack(triangle, axis=2) for triangle in ((a, b, c), (a, c, d))]
    return np.stack(halves, axis=1).reshape(-1, 3, 3)


def _blend(outward: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the normals (P, 2) at the first and at the last end of each segment of a profile."""
    first, last = outward.copy(), outward.copy()
    for k, (own, other) in enumerate(pairwise(outward)):
        if own @ other >= SMOOTH:
            mean = own + other
            last[k] = first[k + 1] = mean / np.linalg.norm(mean)
    return first, last


def _solid(corners: np.ndarray, normals: np.ndarray) -> Soup:
    """Return the triangles that have an area; those about the axis have none."""
    sides = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    kept = np.sqrt(dot(sides, sides)) > 1e-12
    return Soup(corners[kept], normals[kept])


def _unit(vectors: np.ndarray) -> np.ndarray:
    x, y, z = (vectors[..., k] for k in range(3))
    return vectors / np.sqrt(x * x + y * y + z * z)[..., None]
