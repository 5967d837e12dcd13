"""Whether the centres of two views of a scene show the same point."""

import numpy as np

from taskaffinity.data.overlap import Cameras, centre_offset
from taskaffinity.data.views import Views
from taskaffinity.tasks import Classes, Label, Task

NEAR = 0.2  # of the side: how far from the centre the other view's point may appear


def centres_match(first: Views, second: Views) -> Label:
    """Make 1 where each centre's point is seen near the centre of the other view, else 0; int64 (N,)."""
    cameras, one = Cameras.of(first, second), np.arange(len(first))
    there, back = (centre_offset(cameras, *pair) for pair in ((one, one + len(one)), (one + len(one), one)))
    known = ~(np.isnan(there) | np.isnan(back))
    return Label((np.fmax(there, back) < NEAR).astype(np.int64), known)


task = Task(
    name="point_matching",
    title="Point matching",
    group="geometric",
    target=centres_match,
    needs=("depth", "pose", "intrinsics"),
    grouping="matching",
    mirror=(),
    output=Classes(2),
    loss="softmax",
    metric="cross entropy over match and mismatch, nats",
    published="point_match",
)
