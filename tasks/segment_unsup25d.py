"""Pixels of one geometric segment lie together, others apart (Fathi et al., 2017)."""

from taskaffinity.tasks import Embedding, Task

task = Task(
    name="segment_unsup25d",
    title="2.5D segmentation",
    group="3D",
    target="segment_unsup25d",
    mirror=(),
    output=Embedding(64),
    loss="pixel_metric",
    metric="pairwise cross entropy, nats",
    published="segment25d",
)
