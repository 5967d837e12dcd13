"""The scene under one light at the camera."""

from taskaffinity.tasks import Dense, Task

task = Task(
    name="reshading",
    title="Reshading",
    group="3D",
    target="reshading",
    mirror=(),
    output=Dense(1),
    loss="l1",
    metric="mean absolute error of shading in [0, 1]",
    published="reshade",
)
