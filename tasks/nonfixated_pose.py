"""The camera's motion between two views that overlap but look at different points."""

import numpy as np

from taskaffinity.data.poses import relative_pose
from taskaffinity.data.views import Views
from taskaffinity.tasks import Label, Task, Vector


def second_in_first(first: Views, second: Views) -> Label:
    """Make the second pose in the first one's axes: rotation vector (rad), translation (m); (N, 6)."""
    value = relative_pose(first, second).astype(np.float32)
    return Label(value, np.ones(len(value), bool))


task = Task(
    name="nonfixated_pose",
    title="Non-fixated pose",
    group="geometric",
    target=second_in_first,
    needs=("pose",),
    grouping="nonfixated",
    output=Vector(6),
    loss="l2",
    metric="mean squared error of rotation (rad) and translation (m)",
    published="non_fixated_pose",
)
