"""The two principal curvatures, in the scale of Taskonomy's encoding."""

import numpy as np

from taskaffinity.data.views import Views
from taskaffinity.tasks import Dense, Label, Task

SCALE = 0.03  # metres: what Taskonomy multiplies curvature with before it stores it in 8 bits


def scaled_curvature(views: Views) -> Label:
    """Make curvature times `SCALE`, (N, 2, H, W), in [-1, 1]."""
    value = np.clip(views["principal_curvature"] * SCALE, -1, 1)
    return Label(value.astype(np.float32), views.valid("principal_curvature"))


task = Task(
    name="principal_curvature",
    title="Principal curvature",
    group="3D",
    target=scaled_curvature,
    needs=("principal_curvature",),
    output=Dense(2),
    loss="l2",
    metric="mean squared error of scaled curvature",
    published="curvature",
)
