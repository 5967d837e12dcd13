"""Where the room's three axes point: its vanishing points, as directions."""

from taskaffinity.tasks import Task, Vector

task = Task(
    name="vanishing_point",
    title="Vanishing points",
    group="geometric",
    target="vanishing_point",
    mirror=(-1, 1, 1, -1, 1, 1, 1, -1, -1),  # up, ahead, and right = ahead × up
    output=Vector(9),
    loss="l2",
    metric="mean squared error of three unit vectors",
    published="vanishing_point_well_defined",
)
