"""Edges of texture: Canny's gradient magnitude, without non-maximum suppression."""

from taskaffinity.tasks import Dense, Task

task = Task(
    name="edge_texture",
    title="2D edges",
    group="2D",
    target="edge_texture",
    mirror=(),
    output=Dense(1),
    loss="l1",
    metric="mean absolute error of gradient magnitude over its useful range",
    published="edge2d",
)
