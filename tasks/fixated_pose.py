"""The camera's motion between two views that look at one point."""

import numpy as np

from taskaffinity.data.poses import MIRROR, relative_pose
from taskaffinity.data.views import Views
from taskaffinity.tasks import Label, Task, Vector

METRES = 2.0  # one unit of length, the distance at which a step moves the picture as a turn does


def second_in_first(first: Views, second: Views) -> Label:
    """Make the second pose in the first one's axes, (N, 6): rotation vector (rad), shift (`METRES`)."""
    value = relative_pose(first, second, METRES).astype(np.float32)
    return Label(value, np.ones(len(value), bool))


task = Task(
    name="fixated_pose",
    title="Fixated pose",
    group="geometric",
    target=second_in_first,
    needs=("pose",),
    grouping="fixated",
    mirror=MIRROR,
    output=Vector(6),
    loss="l2",
    metric="mean squared error of rotation (rad) and translation (2 m)",
    published="fix_pose",
)
