"""Fill in the centre of the image (Pathak et al., 2016); the whole image is scored."""

from taskaffinity.tasks import SOURCE_ONLY, Dense, Task
from taskaffinity.transforms import CentreMask

task = Task(
    name="inpainting",
    title="Inpainting",
    group="2D",
    target="rgb",
    transform=CentreMask(share=0.5),
    mirror=(),
    output=Dense(3),
    loss="l1",
    metric="mean absolute error of colour in [0, 1]",
    roles=SOURCE_ONLY,
    published="impainting_whole",
)
