"""Which tasks take part in a run: those asked for, that the data carries and has examples enough for."""

from taskaffinity.config import Config
from taskaffinity.data.derive import can_provide
from taskaffinity.data.offer import is_offered
from taskaffinity.errors import DataError, TaskError
from taskaffinity.tasks import Task, discover, select
from taskaffinity.training.experiment import Experiment

MIN_EXAMPLES = 2


def choose_tasks(config: Config, provides: frozenset[str], classes: dict[str, list[str]]) -> dict[str, Task]:
    """Choose the tasks of a run: those named, or all that the data carries.

    Raises
    ------
    TaskError
        A name is unknown, a named task is not carried by the data, or no target is left.
    """
    discovered = discover(config.tasks.folders)
    select(discovered, config.tasks.exclude)
    if config.tasks.names is None:
        chosen = {name: task for name, task in discovered.items() if is_offered(task, provides, classes)}
    else:
        chosen = select(discovered, config.tasks.names)
        for task in chosen.values():
            if not is_offered(task, provides, classes):
                missing = [c for c in task.channels if not can_provide(c, provides)] or [
                    "names of its classes"
                ]
                raise TaskError(
                    f"task {task.name!r} needs {', '.join(missing)}, which this data neither has nor can "
                    "derive; leave it out of tasks.names"
                )
    chosen = {name: task for name, task in chosen.items() if name not in config.tasks.exclude}
    if not any("target" in task.roles for task in chosen.values()):
        raise TaskError("tasks: at least one source and one target must be left to measure a transfer")
    return dict(sorted(chosen.items()))


def check_examples(experiment: Experiment) -> list[str]:
    """Name the tasks that have too few examples in some split to be measured, with the reason."""
    faults = []
    for task in experiment.tasks.values():
        if not task.is_trained:
            continue
        for split in experiment.rows:
            count = len(experiment.examples(task, split))
            if count < MIN_EXAMPLES:
                faults.append(f"{task.name}: {count} examples in the {split} split")
                break
    if len(faults) == sum(task.is_trained for task in experiment.tasks.values()):
        raise DataError("too few views for any task: " + "; ".join(faults))
    return faults
