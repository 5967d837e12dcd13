"""Pixels of one colour segment lie together, others apart (Fathi et al., 2017)."""

from taskaffinity.tasks import Embedding, Task

task = Task(
    name="segment_unsup2d",
    title="2D segmentation",
    group="2D",
    target="segment_unsup2d",
    mirror=(),
    output=Embedding(64),
    loss="pixel_metric",
    metric="pairwise cross entropy, nats",
    published="segment2d",
)
