"""The two principal curvatures, over the range in which they tell shapes apart."""

import numpy as np

from taskaffinity.data.views import Views
from taskaffinity.tasks import Dense, Label, Task

SCALE = 0.1  # metres: a bend of this radius or a tighter one is ±1; Taskonomy's 8 bits end at 0.03


def scaled_curvature(views: Views) -> Label:
    """Make curvature times `SCALE`, (N, 2, H, W), in [-1, 1].

    The bound is nearer than that of Taskonomy's encoding: under a squared error the few pixels on creases,
    whose curvature is that of the pixel grid, would otherwise outweigh all surfaces.
    """
    value = np.clip(views["principal_curvature"] * np.float32(SCALE), -1, 1)
    return Label(value, views.valid("principal_curvature"))


task = Task(
    name="principal_curvature",
    title="Principal curvature",
    group="3D",
    target=scaled_curvature,
    needs=("principal_curvature",),
    mirror=(),
    output=Dense(2),
    loss="l2",
    metric="mean squared error of scaled curvature",
    published="curvature",
)
