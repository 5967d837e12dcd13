"""Surface normals in camera axes."""

from taskaffinity.tasks import Dense, Task

task = Task(
    name="normal",
    title="Surface normals",
    group="3D",
    target="normal",
    mirror=(-1, 1, 1),  # x points right
    output=Dense(3),
    loss="l1",
    metric="mean absolute error of the unit normal",
    published="rgb2sfnorm",
)
