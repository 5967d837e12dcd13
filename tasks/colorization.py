"""Predict the colour of each patch from luma (Zhang et al., 2016): classes of a and b at 1/4 size."""

from taskaffinity.tasks import SOURCE_ONLY, PixelClasses, Task
from taskaffinity.transforms import Grey

COLOUR_BINS = 260  # cells of the a, b plane, 10 units a side, that 8-bit sRGB reaches

task = Task(
    name="colorization",
    title="Colorization",
    group="2D",
    target="colour_bin",
    transform=Grey(),
    mirror=(),
    output=PixelClasses(COLOUR_BINS, stride=4),
    loss="balanced_softmax",
    metric="cross entropy over colour bins, those of an image weighing alike, nats",
    roles=SOURCE_ONLY,
    published="colorization",
)
