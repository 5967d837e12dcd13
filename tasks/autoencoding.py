"""Reproduce the image through the bottleneck (PCA's non-linear cousin)."""

from taskaffinity.tasks import Dense, Task

task = Task(
    name="autoencoding",
    title="Autoencoding",
    group="2D",
    target="rgb",
    mirror=(),
    output=Dense(3),
    loss="l1",
    metric="mean absolute error of colour in [0, 1]",
    published="autoencoder",
)
