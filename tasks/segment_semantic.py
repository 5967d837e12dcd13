"""The class of every pixel, where the data says so."""

import numpy as np

from taskaffinity.data.views import Views
from taskaffinity.tasks import Label, PixelClasses, Task

UNKNOWN = 0  # Taskonomy's classes: 0 unknown, 1 background, 2 to 17 things
STRIDE = 2


def known_classes(views: Views) -> Label:
    """Make classes 0 to 16 where the class is known, int64 (N, H/2, W/2), of every second pixel."""
    semantic = views["semantic"][:, STRIDE // 2 :: STRIDE, STRIDE // 2 :: STRIDE]
    known = semantic != UNKNOWN
    return Label(np.where(known, semantic - 1, 0), known[:, None])


task = Task(
    name="segment_semantic",
    title="Semantic segmentation",
    group="semantic",
    target=known_classes,
    needs=("semantic",),
    mirror=(),
    output=PixelClasses(17, stride=STRIDE),
    loss="balanced_softmax",
    metric="cross entropy, the classes of an image weighing alike, nats",
    published="segmentsemantic_rb",
)
