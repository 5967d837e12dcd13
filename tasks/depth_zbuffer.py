"""Depth along the optical axis, in the logarithm Taskonomy trains on."""

import numpy as np

from taskaffinity.data.views import Views
from taskaffinity.tasks import Dense, Label, Task

UNITS_PER_METRE = 512  # Taskonomy stores depth as uint16 at this scale


def log_depth(views: Views) -> Label:
    """Make log(1 + v) / log(2¹⁶) of depth v in Taskonomy's units; (N, 1, H, W), in [0, 1]."""
    value = np.log1p(views["depth"] * UNITS_PER_METRE) / np.log(2.0**16)
    return Label(value.astype(np.float32), views.valid("depth"))


task = Task(
    name="depth_zbuffer",
    title="Z-buffer depth",
    group="3D",
    target=log_depth,
    needs=("depth",),
    mirror=(),
    output=Dense(1),
    loss="l1",
    metric="mean absolute error of log depth",
    published="rgb2depth",
)
