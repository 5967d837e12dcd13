"""The camera's motion round three views and back: 1 to 2, 2 to 3, 3 to 1 (Agrawal et al., 2015, for two)."""

import numpy as np

from taskaffinity.data.poses import MIRROR, relative_pose
from taskaffinity.data.views import Views
from taskaffinity.tasks import Label, Task, Vector

METRES = 2.0  # one unit of length, the distance at which a step moves the picture as a turn does


def cycle(first: Views, second: Views, third: Views) -> Label:
    """Make the three relative poses of the cycle, (N, 18); their composition is the identity.

    Each is the later camera's pose in the earlier one's axes: rotation vector (rad), translation (`METRES`).
    """
    legs = ((first, second), (second, third), (third, first))
    value = np.concatenate([relative_pose(*leg, METRES) for leg in legs], axis=1).astype(np.float32)
    return Label(value, np.ones(len(value), bool))


task = Task(
    name="egomotion",
    title="Egomotion",
    group="geometric",
    target=cycle,
    needs=("pose",),
    grouping="triplet",
    mirror=3 * MIRROR,
    output=Vector(18),
    loss="l2",
    metric="mean squared error of rotation (rad) and translation (2 m)",
    published="ego_motion",
)
