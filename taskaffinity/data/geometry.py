"""Checks of cameras, depth and path: wrong units or matrices are reported, not used."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from taskaffinity.data.faults import UnreadableError

ORTHONORMAL = 0.02  # how far R·Rᵀ of a written pose may be from the identity
LAST_ROW = 1e-3  # how far the last row of a matrix may be from 0 … 0 1
FARTHEST = 1e6  # metres from the origin
NARROWEST, WIDEST = 5.0, 150.0  # degrees that a pinhole camera sees along the longer side
OFF_CENTRE = 0.25  # of a side: a principal point farther from the middle is doubtful
DEPTHS = (0.2, 30.0)  # metres: medians outside are doubtful indoors
PATHS = (0.01, 1000.0)  # metres: extents outside are doubtful


@dataclass(frozen=True)
class Geometry:
    """What the cameras and depths of a data set come to; NaN where the data have none.

    Attributes
    ----------
    median_depth
        Metres, over the pixels that have depth.
    path_extent
        Metres: the diagonal of the box around all places of the camera.
    field_of_view
        Degrees along the longer side of the picture, in the median.
    """

    median_depth: float
    path_extent: float
    field_of_view: float

    def lines(self) -> list[str]:
        """Say it for people."""
        parts = {
            "median depth {:.3g} m": self.median_depth,
            "places of the camera span {:.3g} m": self.path_extent,
            "field of view {:.0f} degrees": self.field_of_view,
        }
        said = [text.format(value) for text, value in parts.items() if np.isfinite(value)]
        return ["geometry: " + ", ".join(said)] if said else []

    def doubts(self) -> list[str]:
        """Say what is not plausible, a line each."""
        lines = []
        if np.isfinite(self.median_depth) and not DEPTHS[0] <= self.median_depth <= DEPTHS[1]:
            lines.append(f"the median depth is {self.median_depth:.3g} m: is depth in another unit?")
        if np.isfinite(self.path_extent) and not PATHS[0] <= self.path_extent <= PATHS[1]:
            lines.append(
                f"the places of the camera span {self.path_extent:.3g} m: are the poses in another unit?"
            )
        return lines


def geometry_of(depths: Sequence[float], places: np.ndarray, fields: Sequence[float]) -> Geometry:
    """Sum up cameras and depths.

    Parameters
    ----------
    depths
        The median depth of each image, metres; NaN where it has none.
    places
        (N, 3), metres.
    fields
        The field of view of each image, degrees.
    """
    finite = places[np.isfinite(places).all(axis=1)] if len(places) else places
    extent = float(np.linalg.norm(np.ptp(finite, axis=0))) if len(finite) > 1 else np.nan
    return Geometry(_median(depths), extent, _median(fields))


def _median(values: Sequence[float]) -> float:
    finite = np.asarray(values, float)
    finite = finite[np.isfinite(finite)]
    return float(np.median(finite)) if len(finite) else float("nan")


def field_of_view(focal: float, side: float) -> float:
    """Return the angle that a pinhole of a focal length sees along a side, both in pixels: degrees."""
    return float(np.degrees(2 * np.arctan(side / 2 / focal)))


def check_intrinsics(matrix: np.ndarray, shape: tuple[int, int]) -> None:
    """Refuse a pinhole matrix that cannot belong to pictures of a shape (height, width).

    Raises
    ------
    UnreadableError
        Says why: it is transposed, no pinhole, or of pictures of another size.
    """
    height, width = shape
    if np.abs(matrix[2] - (0, 0, 1)).max() > LAST_ROW:
        transposed = np.abs(matrix[:, 2] - (0, 0, 1)).max() <= LAST_ROW
        remedy = ": it is transposed, the principal point belongs in the last column" if transposed else ""
        raise UnreadableError(f"its last row is not 0 0 1{remedy}")
    across, down = matrix[0, 0], matrix[1, 1]
    if min(across, down) <= 0 or abs(matrix[1, 0]) > LAST_ROW * across:
        raise UnreadableError("it is no pinhole: focal lengths must be positive, and what is below them zero")
    for focal, side, name in ((across, width, "width"), (down, height, "height")):
        angle = field_of_view(focal, side)
        if not NARROWEST * side / max(shape) <= angle <= WIDEST:
            raise UnreadableError(
                f"a focal length of {focal:.6g} pixels cannot belong to pictures of {name} {side}, which "
                f"would show {angle:.3g} degrees; is it of pictures of another size?"
            )
    for centre, side, name in ((matrix[0, 2], width, "width"), (matrix[1, 2], height, "height")):
        if not 0 <= centre <= side - 1:
            raise UnreadableError(
                f"its principal point lies outside the pictures ({centre:.6g} of {name} {side}); is it of "
                "pictures of another size?"
            )


def doubts_about_intrinsics(matrix: np.ndarray, shape: tuple[int, int]) -> list[str]:
    """Say what is unusual about a pinhole matrix that is possible, a line each."""
    height, width = shape
    lines = []
    off = abs(matrix[0, 2] / (width - 1) - 0.5), abs(matrix[1, 2] / (height - 1) - 0.5)
    if max(off) > OFF_CENTRE:
        lines.append(
            f"intrinsics: the principal point ({matrix[0, 2]:.6g}, {matrix[1, 2]:.6g}) is far from the "
            f"middle of pictures of {width}x{height}"
        )
    if not 0.8 < matrix[0, 0] / matrix[1, 1] < 1.25:
        lines.append(
            f"intrinsics: the focal lengths differ much ({matrix[0, 0]:.6g} and {matrix[1, 1]:.6g} pixels)"
        )
    return lines


def check_pose(pose: np.ndarray) -> None:
    """Refuse a matrix (4, 4) that is no motion of a camera.

    Raises
    ------
    UnreadableError
        Says why: its last row, its rotation, or its place.
    """
    turn = pose[:3, :3]
    rigid = np.abs(turn).max() < 2 and np.abs(turn @ turn.T - np.eye(3)).max() <= ORTHONORMAL
    if not rigid or np.linalg.det(turn) < 0:
        raise UnreadableError("its rotation is not one (tracking was lost?)")
    if np.abs(pose[3] - (0, 0, 0, 1)).max() > LAST_ROW:
        transposed = np.abs(pose[:, 3] - (0, 0, 0, 1)).max() <= LAST_ROW
        raise UnreadableError("its last row is not 0 0 0 1" + (": it is transposed" if transposed else ""))
    if np.abs(pose[:3, 3]).max() > FARTHEST:
        raise UnreadableError("its place is farther than any camera can be")
