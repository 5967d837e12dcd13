"""Edges where one surface hides another, from depth."""

from taskaffinity.tasks import Dense, Task

task = Task(
    name="edge_occlusion",
    title="3D edges",
    group="3D",
    target="edge_occlusion",
    mirror=(),
    output=Dense(1),
    loss="l1",
    metric="mean absolute error of edge strength over its useful range",
    published="edge3d",
)
