"""Edges where one surface hides another, from depth."""

from taskaffinity.tasks import Dense, Task, useful_range

task = Task(
    name="edge_occlusion",
    title="3D edges",
    group="3D",
    target=useful_range("edge_occlusion", top=0.2),
    needs=("edge_occlusion",),
    output=Dense(1),
    loss="l1",
    metric="mean absolute error of edge strength over its useful range",
    published="edge3d",
)
