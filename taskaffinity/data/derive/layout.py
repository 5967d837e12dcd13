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


def room_axes(views: Views) -> tuple[np.ndarray, np.ndarray]:
    """Choose the room's axes as each view sees them.

    Returns
    -------
    tuple
        Unit vectors in camera axes, float64 (N, 3, 3), rows right, up, ahead with right = ahead × up; and
        which row of `manhattan` each of them lies along, int64 (N, 3).
    """
    manhattan, pose = views["manhattan"].astype(float), views["pose"].astype(float)
    axes = manhattan @ pose[:, :3, :3]  # row i: axis i of the room in camera axes
    one = np.arange(len(axes))
    lead = np.abs(axes[:, :UP, 2]).argmax(axis=1)  # the third component is along the optical axis
    up = axes[:, UP]
    ahead = axes[one, lead]
    ahead = ahead * np.where(ahead[:, 2:] < 0, -1, 1)
    right = np.cross(ahead, up)
    along = np.stack([1 - lead, np.full_like(lead, UP), lead], axis=1)
    return np.stack([right, up, ahead], axis=1), along


def vanishing_point(views: Views) -> Channels:
    """Write the directions of the room's axes, (N, 9): up, ahead, right, unit in camera axes.

    The vertical points up. Ahead is the horizontal axis nearest to the optical axis, away from the camera,
    and right is ahead × up.
    """
    (right, up, ahead), _ = _columns(views)
    return {"vanishing_point": np.concatenate([up, ahead, right], axis=1).astype(np.float32)}


def room_layout(views: Views) -> Channels:
    """Write the room's box as the camera sees it, (N, 9): centre, Euler angles, size.

    Centre in camera axes, metres. Angles that turn the camera's axes onto the box's (right, down, ahead):
    yaw (about ±π/4 at most), pitch, roll, in the order y, x, z about moved axes, radians; all zero where the
    camera looks straight at a wall. Size across, up and ahead, metres.
    """
    (right, up, ahead), along = _columns(views)
    corners, pose = views["room"].astype(float), views["pose"].astype(float)
    middle = corners.mean(axis=1)  # (N, 3), in the room's axes
    world = np.einsum("nij,ni->nj", views["manhattan"].astype(float), middle)
    centre = np.einsum("nji,nj->ni", pose[:, :3, :3], world - pose[:, :3, 3])
    box = np.stack([right, -up, ahead], axis=2)  # columns: the box's axes in camera axes
    angles = Rotation.from_matrix(box).as_euler("YXZ")
    size = np.take_along_axis(corners[:, 1] - corners[:, 0], along, axis=1)
    return {"room_layout": np.concatenate([centre, angles, size], axis=1).astype(np.float32)}


def _columns(views: Views) -> tuple[np.ndarray, np.ndarray]:
    """`room_axes` with the axis first: (3, N, 3) and (N, 3)."""
    axes, along = room_axes(views)
    return axes.transpose(1, 0, 2), along
