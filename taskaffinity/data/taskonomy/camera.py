"""Cameras: from ``point_info``, from two depth maps, or from the mean field of view.

Rotations are Blender's: `camera_rotation_final` holds angles about the fixed x, y and z axes, and its camera
looks along −z with y up. Ours looks along z with y down.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial.transform import Rotation

from taskaffinity.data.faults import UnreadableError, as_fault, read_small

MEAN_FIELD_OF_VIEW = 61.2  # degrees: the mean over Taskonomy's images, by its data's README
FROM_BLENDER = np.diag([1.0, -1.0, -1.0])
FITTED = 64  # pixels of each side from which the field of view is fitted
FARTHEST = 1e6  # metres from the origin that a camera or a wall may be
MAX_RESIDUAL = 0.01  # median relative error of a fit that is believed


@dataclass(frozen=True)
class Camera:
    """One camera, and the room it stands in.

    Attributes
    ----------
    pose
        float64 (4, 4), camera to world, metres.
    field_of_view
        Of the picture's longer side, radians.
    room
        float64 (2, 3), least and greatest corner along the world's axes; NaN where the file has no room.
    """

    pose: np.ndarray
    field_of_view: float
    room: np.ndarray


def read_camera(file: Path) -> Camera:
    """Read a ``point_info`` file.

    Raises
    ------
    UnreadableError
        It is missing, no JSON, or lacks a number that is needed.
    """
    content = read_small(file)
    with as_fault(file, "is no camera"):
        info = json.loads(content.decode("utf-8"))
        place = np.array(info["camera_location"], float)
        turn = _rotation(np.array(info["camera_rotation_final"], float))
        field_of_view = float(info["field_of_view_rads"])
        room = _room(info.get("bounding_box_ranges"))
    if place.shape != (3,) or not (np.abs(place) < FARTHEST).all() or not 0 < field_of_view < np.pi:
        raise UnreadableError(f"{file.name}: its place or field of view makes no camera")
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn @ FROM_BLENDER, place
    return Camera(pose, field_of_view, room)


def _room(ranges: dict[str, list[float]] | None) -> np.ndarray:
    """Return the corners of ``bounding_box_ranges``, whose x and y are the world's y and x.

    ``get_room_layout_cam_mat_and_ranges`` in Taskonomy's ``load_ops.py`` turns the camera to match; here the
    box is turned to match the camera.
    """
    if ranges is None:
        return np.full((2, 3), np.nan)
    room = np.array([ranges["y"], ranges["x"], ranges["z"]], float).T
    if room.shape != (2, 3) or not (room[0] < room[1]).all() or not (np.abs(room) < FARTHEST).all():
        return np.full((2, 3), np.nan)
    return room


def _rotation(angles: np.ndarray) -> np.ndarray:
    """Return the matrix of angles about the fixed x, y and z axes, radians."""
    if angles.shape != (3,) or not np.isfinite(angles).all():
        raise ValueError("camera_rotation_final is not three angles")
    return Rotation.from_euler("xyz", angles).as_matrix()


def intrinsics_of(field_of_view: float, shape: tuple[int, int], size: int) -> np.ndarray:
    """Return the pinhole matrix of the central square of a picture, shrunk to `size` pixels: float64 (3, 3).

    Parameters
    ----------
    field_of_view
        Of the picture's longer side, radians.
    shape
        Height and width of the picture, pixels.
    size
        Side of the view.
    """
    focal = max(shape) / 2 / np.tan(field_of_view / 2) * size / min(shape)
    centre = (size - 1) / 2
    return np.array([[focal, 0, centre], [0, focal, centre], [0, 0, 1]])


def fit_field_of_view(depth: np.ndarray, distance: np.ndarray, valid: np.ndarray) -> float | None:
    """Fit the field of view to depth along the axis and distance from the camera, which differ by it alone.

    (distance/depth)² = 1 + r²/f², r from the principal point in the middle: least squares in 1/f².

    Parameters
    ----------
    depth, distance
        float (H, W), metres.
    valid
        bool (H, W).

    Returns
    -------
    float or None
        Of the longer side, radians; None where the two maps do not belong together.
    """
    height, width = depth.shape
    step = max(1, min(height, width) // FITTED)
    v, u = np.mgrid[:height:step, :width:step]
    usable = valid[::step, ::step]
    square = ((u - (width - 1) / 2) ** 2 + (v - (height - 1) / 2) ** 2)[usable]
    z, d = (a[::step, ::step][usable].astype(float) for a in (depth, distance))
    if len(z) < 100 or not square.any():
        return None
    inverse = (square * ((d / z) ** 2 - 1)).sum() / (square**2).sum()
    if inverse <= 0:
        return None
    residual = np.abs(z * np.sqrt(1 + square * inverse) - d) / d
    if np.median(residual) > MAX_RESIDUAL:
        return None
    return float(2 * np.arctan(max(height, width) / 2 * np.sqrt(inverse)))
