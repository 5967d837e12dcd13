"""What the image shows, where the data says so."""

from taskaffinity.tasks import Classes, Task

task = Task(
    name="object_class",
    title="Object class",
    group="semantic",
    target="object_class",
    mirror=(),
    output=Classes(None),
    loss="softmax",
    metric="cross entropy over classes, nats",
    published="class_1000",
)
