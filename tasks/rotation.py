"""Tell by which quarter turn the image was rotated (Gidaris et al., 2018)."""

from taskaffinity.tasks import SOURCE_ONLY, Classes, Task
from taskaffinity.transforms import Rotation

task = Task(
    name="rotation",
    title="Rotation",
    group="self-supervised",
    transform=Rotation(),
    output=Classes(4),
    loss="softmax",
    metric="cross entropy over four rotations, nats",
    roles=SOURCE_ONLY,
)
