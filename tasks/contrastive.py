"""Tell the other distortion of the same image from those of the other images (SimCLR, Chen et al., 2020)."""

from taskaffinity.tasks import SOURCE_ONLY, Projections, Task
from taskaffinity.transforms import Distorted

task = Task(
    name="contrastive",
    title="Contrastive",
    group="self-supervised",
    transform=Distorted(),
    output=Projections(dimensions=64, images=2),
    loss="nt_xent",
    metric="NT-Xent over the batch, nats",
    roles=SOURCE_ONLY,
)
