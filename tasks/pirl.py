"""Give an image and its jigsaw similar encodings (PIRL, Misra and van der Maaten, 2020)."""

from taskaffinity.tasks import SOURCE_ONLY, Projections, Task
from taskaffinity.transforms import DistortedJigsaw

task = Task(
    name="pirl",
    title="Jigsaw invariance",
    group="self-supervised",
    transform=DistortedJigsaw(),
    output=Projections(dimensions=64, images=2),
    loss="pirl",
    metric="noise-contrastive loss over the batch, nats",
    roles=SOURCE_ONLY,
)
