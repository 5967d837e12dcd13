"""Tell whether three frames are in the order of time, forwards or backwards (Misra et al., 2016)."""

import numpy as np

from taskaffinity.data.views import Views
from taskaffinity.tasks import SOURCE_ONLY, Classes, Label, Task


def in_order(first: Views, second: Views, third: Views) -> Label:
    """Make 1 where the second frame lies between the others in time, else 0; int64 (N,)."""
    before, after = second["time"] - first["time"], third["time"] - second["time"]
    return Label((before * after > 0).astype(np.int64), np.ones(len(before), bool))


task = Task(
    name="temporal_order",
    title="Temporal order",
    group="self-supervised",
    target=in_order,
    needs=("time",),
    grouping="temporal",
    output=Classes(2),
    loss="softmax",
    metric="cross entropy over order and disorder, nats",
    roles=SOURCE_ONLY,
)
