"""Which tasks and pairs of domains the section ``adaptation`` asks for."""

from collections.abc import Mapping
from itertools import permutations

from taskaffinity.config import Adaptation
from taskaffinity.errors import ConfigError
from taskaffinity.tasks import Task
from taskaffinity.training.experiment import Outline


def common_targets(run: Outline, settings: Adaptation) -> dict[str, dict[str, Task]]:
    """Return the targets that two or more domains share: by task and domain."""
    tasks: dict[str, dict[str, Task]] = {}
    for task in run.tasks.values():
        if task.domain and task.is_trained and "target" in task.roles:
            tasks.setdefault(task.base_name, {})[task.domain] = task
    common = {name: places for name, places in tasks.items() if len(places) > 1}
    if not common:
        raise ConfigError(["adaptation: no task is in two domains; data.kind must be domains"])
    if settings.tasks is None:
        return common
    for name in settings.tasks:
        if name not in common:
            raise ConfigError([
                f"adaptation.tasks: {name!r} is no target in two domains; there are {', '.join(common)}"
            ])  # fmt: skip
    return {name: common[name] for name in settings.tasks}


def pairs_of(places: Mapping[str, Task], settings: Adaptation) -> list[tuple[str, str]]:
    """Return the pairs of domains that a task is adapted between."""
    if settings.pairs is None:
        return list(permutations(places, 2))
    for pair in settings.pairs:
        if pair[0] == pair[1] or not set(pair) <= set(places):
            task = next(iter(places.values())).base_name
            raise ConfigError([
                f"adaptation.pairs: {list(pair)} must be two domains that have {task}; there are "
                f"{', '.join(places)}"
            ])  # fmt: skip
    return settings.pairs
