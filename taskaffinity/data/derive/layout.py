"""Labels of the room as a box: vanishing points and room layout.

Both are written in a frame of the room's axes that is chosen per view, so that the label depends on what the
picture shows and not on how the building happens to be numbered. Taskonomy does the same
(``vanishing_point_well_defined`` in its ``load_ops.py``): the horizontal axis nearest to the viewing
direction leads. The labels are continuous in the camera's pose except where two horizontal axes are equally
near.

Axis legend: N views. Camera axes are x right, y down, z forward.
"""

import numpy as np
from scipy.spatial.transform import Rotation

from taskaffinity.data.views import Views

Channels = dict[str, np.ndarray]

UP = 2  # row of `manhattan` that points up


def room_axes(manhattan: np.ndarray, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose the room's axes as each view sees them.

    Parameters
    ----------
    manhattan, pose
        float64 (N, 3, 3) and (N, 4, 4), as in `taskaffinity.data.views`.

    Returns
    -------
    tuple
        Unit vectors in camera axes, float64 (N, 3, 3), rows right, up, ahead with right = ahead × up; and
        which row of `manhattan` each of them lies along, int64 (N, 3).
    """
    axes = manhattan @ pose[:, :3, :3]  # row i: axis i of the room in camera axes
    lead = np.abs(axes[:, :UP, 2]).argmax(axis=1)  # the third component is along the optical axis
    up = axes[:, UP]
    ahead = axes[np.arange(len(axes)), lead]
    ahead = ahead * np.where(ahead[:, 2:] < 0, -1, 1)
    right = np.cross(ahead, up)
    along = np.stack([1 - lead, np.full_like(lead, UP), lead], axis=1)
    return np.stack([right, up, ahead], axis=1), along


def vanishing_point(views: Views) -> Channels:
    """Write the directions of the room's axes, (N, 9): up, ahead, right, unit in camera axes.

    The vertical points up. Ahead is the horizontal axis nearest to the optical axis, away from the camera,
    and right is ahead × up. NaN where the view has no pose.
    """
    complete, (manhattan, pose) = _complete(views, "manhattan", "pose")
    axes, _ = room_axes(manhattan, pose)
    return {"vanishing_point": _spread(complete, axes[:, [1, 2, 0]].reshape(-1, 9))}


def room_layout(views: Views) -> Channels:
    """Write the room's box as the camera sees it, (N, 9): centre, Euler angles, size.

    Centre in camera axes, metres. Angles that turn the camera's axes onto the box's (right, down, ahead):
    yaw (about ±π/4 at most), pitch, roll, in the order y, x, z about moved axes, radians; all zero where the
    camera looks straight at a wall. Size across, up and ahead, metres. NaN where pose or room is missing.
    """
    complete, (manhattan, pose, corners) = _complete(views, "manhattan", "pose", "room")
    axes, along = room_axes(manhattan, pose)
    world = np.einsum("nij,ni->nj", manhattan, corners.mean(axis=1))
    centre = np.einsum("nji,nj->ni", pose[:, :3, :3], world - pose[:, :3, 3])
    box = (axes * np.array([[1], [-1], [1]])).transpose(0, 2, 1)  # columns right, down, ahead, camera axes
    angles = Rotation.from_matrix(box).as_euler("YXZ") if len(box) else np.zeros((0, 3))
    size = np.take_along_axis(corners[:, 1] - corners[:, 0], along, axis=1)
    return {"room_layout": _spread(complete, np.concatenate([centre, angles, size], axis=1))}


def _complete(views: Views, *channels: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """Find the views that have all of some channels: bool (N,), and the channels of those, float64."""
    arrays = [views[channel].astype(float) for channel in channels]
    finite = [np.isfinite(array).reshape(len(array), -1).all(axis=1) for array in arrays]
    complete = np.logical_and.reduce(finite)
    return complete, [array[complete] for array in arrays]


def _spread(complete: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Give every view a row, NaN where something is missing: float32 (N, ...)."""
    rows = np.full((len(complete), *values.shape[1:]), np.nan, np.float32)
    rows[complete] = values
    return rows
