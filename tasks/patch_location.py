"""Tell on which of eight sides of a patch another one lies (Doersch et al., 2015)."""

from taskaffinity.tasks import SOURCE_ONLY, Classes, Task
from taskaffinity.transforms import PatchPair

task = Task(
    name="patch_location",
    title="Patch location",
    group="self-supervised",
    transform=PatchPair(),
    output=Classes(8),
    loss="softmax",
    metric="cross entropy over eight positions, nats",
    roles=SOURCE_ONLY,
)
