"""The room as a box: its centre, its angles, its size, as the camera sees them."""

import numpy as np

from taskaffinity.data.views import Views
from taskaffinity.tasks import Label, Task, Vector

METRES = (
    3.0  # one unit of length: the angles, which vary by parts of a radian, then count as much as the lengths
)
LENGTHS = [0, 1, 2, 6, 7, 8]  # centre and size; the three between are Euler angles


def scaled_layout(views: Views) -> Label:
    """Make centre (`METRES`), Euler angles (rad) and size (`METRES`); (N, 9)."""
    value = views["room_layout"].astype(np.float32)
    value[:, LENGTHS] /= METRES
    known = np.asarray(np.isfinite(value).all(axis=1))
    return Label(np.nan_to_num(value), known)


task = Task(
    name="room_layout",
    title="Room layout",
    group="geometric",
    target=scaled_layout,
    needs=("room_layout",),
    mirror=(-1, 1, 1, -1, 1, -1, 1, 1, 1),  # centre, angles (yaw, pitch, roll), size
    output=Vector(9),
    loss="l2",
    metric="mean squared error of lengths (3 m) and angles (rad)",
    published="room_layout",
)
