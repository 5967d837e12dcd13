"""What kind of place it is, where the data says so."""

from taskaffinity.tasks import Classes, Task

task = Task(
    name="scene_class",
    title="Scene class",
    group="semantic",
    target="scene_class",
    mirror=(),
    output=Classes(None),
    loss="softmax",
    metric="cross entropy over classes, nats",
    published="class_places",
)
