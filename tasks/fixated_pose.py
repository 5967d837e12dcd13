"""The camera's motion between two views that look at one point."""

import numpy as np
from scipy.spatial.transform import Rotation

from taskaffinity.data.views import Views
from taskaffinity.tasks import Label, Task, Vector


def relative_pose(first: Views, second: Views) -> Label:
    """Make the second camera's pose in the first one's axes: rotation vector (rad), translation (m); (N, 6)."""
    relative = np.linalg.inv(first["pose"].astype(float)) @ second["pose"].astype(float)
    rotation = Rotation.from_matrix(relative[:, :3, :3]).as_rotvec()
    value = np.concatenate([rotation, relative[:, :3, 3]], axis=1)
    return Label(value.astype(np.float32), np.ones(len(value), bool))


task = Task(
    name="fixated_pose",
    title="Fixated pose",
    group="geometric",
    target=relative_pose,
    needs=("pose", "depth", "intrinsics"),
    grouping="fixated",
    output=Vector(6),
    loss="l2",
    metric="mean squared error of rotation (rad) and translation (m)",
    published="fix_pose",
)
