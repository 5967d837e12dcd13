"""Recover the image from Gaussian noise (Vincent et al., 2008)."""

from taskaffinity.tasks import Dense, Task
from taskaffinity.transforms import Noise

task = Task(
    name="denoising",
    title="Denoising",
    group="2D",
    target="rgb",
    transform=Noise(sigma=0.1),
    mirror=(),
    output=Dense(3),
    loss="l1",
    metric="mean absolute error of colour in [0, 1]",
    published="denoise",
)
