"""Which tasks a data set carries."""

from collections.abc import Collection, Mapping, Sequence

from taskaffinity.data.derive import can_provide
from taskaffinity.tasks import Task


def is_offered(task: Task, provides: Collection[str], classes: Mapping[str, Sequence[str]]) -> bool:
    """Tell whether a data set carries a task: its channels are provided or derivable, its classes named."""
    if not all(can_provide(channel, provides) for channel in ("rgb", *task.channels)):
        return False
    counted = task.output is not None and task.output.lacks_classes
    return not counted or len(classes.get(str(task.target), ())) >= 2
