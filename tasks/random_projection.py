"""An encoder that was never trained: the reference every other source is held against."""

from taskaffinity.tasks import SOURCE_ONLY, Task

task = Task(
    name="random_projection",
    title="Random projection",
    group="geometric",
    output=None,
    loss=None,
    roles=SOURCE_ONLY,
    label_cost=0.0,
    published="random",
)
