"""Whether poses and depth agree: a surface seen in two frames is at one place.

Points of one frame are projected into another by the two poses, and their depth is compared with the depth
there. The same is done under the assumption that poses or depths follow another convention. If one convention
agrees much better than the data as given, the data were probably written in that convention.

Axis legend: N points.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

GRID = 40  # points along each side of a frame that are carried over
LEAST_POINTS = 500  # of all pairs together
LEAST_SHARE = 0.2  # of the points, that must land in the other frame
DISAGREES = 0.02  # median relative error from which what was given is doubted
AGREES = 0.05  # median relative error up to which a convention explains the depths
BETTER = 0.4  # of that error: what a convention must come down to

Convention = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Posed:
    """Depth of one frame, metres, 0 where there is none (H, W), and its pose as written (4, 4)."""

    depth: np.ndarray
    pose: np.ndarray


@dataclass(frozen=True)
class Reading:
    """One convention for poses and depths: its name, the pose, and the unit of depth."""

    name: str
    pose: Convention
    depth: float = 1.0


def _scaled(metres: float) -> Convention:
    return lambda pose: np.concatenate([pose[:3] * (1, 1, 1, metres), pose[3:]])


AS_GIVEN = Reading("as given", lambda pose: pose)
READINGS = (
    Reading("world to camera: invert them", np.linalg.inv),
    Reading("of a camera that looks along -z (OpenGL, Blender): turn y and z",
            lambda pose: pose @ np.diag([1, -1, -1, 1])),
    Reading("world to camera, of a camera that looks along -z (OpenGL)",
            lambda pose: np.linalg.inv(np.diag([1, -1, -1, 1]) @ pose)),
    Reading("in millimetres: divide their places by 1000", _scaled(0.001)),
    Reading("right, but depth is in 1/5000 m (as TUM's)", lambda pose: pose, 0.2),
    Reading("right, but depth is in 1/512 m (as Taskonomy's)", lambda pose: pose, 1000 / 512),
)  # fmt: skip


def doubts_about_poses(pairs: Sequence[tuple[Posed, Posed]], intrinsics: np.ndarray) -> list[str]:
    """Say by which other convention the poses agree much better with depth: a line, or none.

    Parameters
    ----------
    pairs
        Frames that are likely to show the same surfaces.
    intrinsics
        (3, 3), pixels of the frames.
    """
    given = _error(pairs, intrinsics, AS_GIVEN)
    if not given > DISAGREES:
        return []
    errors = {reading.name: _error(pairs, intrinsics, reading) for reading in READINGS}
    best = min(errors, key=lambda name: np.nan_to_num(errors[name], nan=np.inf))
    if not errors[best] < min(AGREES, BETTER * given):
        return []
    return [
        f"poses look as if they were {best}: depth of the same surfaces then differs by {errors[best]:.1%} "
        f"between frames, and by {given:.1%} as given"
    ]


def _error(pairs: Sequence[tuple[Posed, Posed]], intrinsics: np.ndarray, reading: Reading) -> float:
    """Return the median relative error over all pairs; 1 where too few points are seen twice.

    Points outside the other frame count as wrong, so that a convention cannot win by hiding points.
    """
    with np.errstate(all="ignore"):
        errors = [_differences(first, second, intrinsics, reading) for first, second in pairs]
    every = np.concatenate([np.zeros(0), *errors])
    seen = np.isfinite(every)
    if len(every) < LEAST_POINTS:
        return float("nan")
    if seen.mean() < LEAST_SHARE:
        return 1.0
    return float(np.median(np.where(seen, every, 1.0)))


def _differences(first: Posed, second: Posed, intrinsics: np.ndarray, reading: Reading) -> np.ndarray:
    """Compare the depth of points of one frame in another: relative (N,), NaN where they are not seen."""
    height, width = first.depth.shape
    v, u = (
        axis.ravel() for axis in np.mgrid[: height : max(1, height // GRID), : width : max(1, width // GRID)]
    )
    z = first.depth[v, u] * reading.depth
    u, v, z = u[z > 0], v[z > 0], z[z > 0]
    rays = np.linalg.solve(intrinsics, np.stack([u, v, np.ones_like(u)]).astype(float))
    carry = np.linalg.solve(reading.pose(second.pose), reading.pose(first.pose))
    places = carry[:3, :3] @ (rays * z) + carry[:3, 3:]
    at = intrinsics @ places
    column, row = np.rint(np.nan_to_num(at[:2] / at[2], nan=-1, posinf=-1, neginf=-1).clip(-1, 1e6)).astype(
        int
    )
    inside = (places[2] > 0) & (column >= 0) & (column < width) & (row >= 0) & (row < height)
    there = np.zeros_like(z)
    there[inside] = second.depth[row[inside], column[inside]] * reading.depth
    return np.where(there > 0, np.abs(places[2] - there) / there, np.nan)
