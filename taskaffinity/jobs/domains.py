"""Tasks and data of a run over several domains: a target is a task in a domain."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from taskaffinity.config import Config
from taskaffinity.data.domains import DomainsReader, DomainStatistics, compare, compose, statistics_of
from taskaffinity.data.domains.statistics import SAMPLE
from taskaffinity.data.keep import DataSet
from taskaffinity.data.offer import is_offered
from taskaffinity.data.prepare import derive
from taskaffinity.data.reader import Reader
from taskaffinity.errors import DataError, TaskError
from taskaffinity.tasks import AT, Task, discover, select, select_in_domains

if TYPE_CHECKING:
    from taskaffinity.jobs.preparation import Show

log = logging.getLogger(__name__)

SHOWN = 6  # names listed in an error


def choose_in_domains(config: Config, reader: DomainsReader) -> dict[str, Task]:
    """Choose the tasks of a run: each in every domain that carries it, or in the one that its name says.

    Raises
    ------
    TaskError
        A name is unknown, no domain carries a named task, or no target is left.
    DataError
        A domain has no task in common with another, or the classes of a common task differ.
    """
    discovered = discover(config.tasks.folders)
    select(discovered, [name.partition(AT)[0] for name in config.tasks.exclude])
    wanted = discovered if config.tasks.names is None else config.tasks.names
    names: list[str] = []
    for name in wanted:
        found = list(_names_of(name, select(discovered, [name.partition(AT)[0]]), reader))
        if not found and config.tasks.names is not None:
            raise TaskError(f"no domain carries task {name!r}; leave it out of tasks.names")
        names += found
    left = [n for n in names if not {n, n.partition(AT)[0]} & set(config.tasks.exclude)]
    tasks = select_in_domains(discovered, sorted(left), config.data.label_costs)
    if not any("target" in task.roles for task in tasks.values()):
        raise TaskError("tasks: at least one source and one target must be left to measure a transfer")
    check_common(tasks.values(), reader)
    return tasks


def _names_of(name: str, tasks: Mapping[str, Task], reader: DomainsReader) -> Iterable[str]:
    """Return the names under which a task takes part: one for each domain that carries it."""
    base, _, domain = name.partition(AT)
    task = tasks[base]
    if domain and domain not in reader.parts:
        raise TaskError(f"task {name!r}: there is no domain {domain!r}; there are {', '.join(reader.parts)}")
    for one, part in reader.parts.items():
        classes = {channel: list(names) for channel, names in part.classes.items()}
        if (not domain or domain == one) and is_offered(task, part.provides, classes):
            if not task.is_trained:  # a random encoder is the same in all domains
                yield base
                return
            yield f"{base}{AT}{one}"


def check_common(tasks: Iterable[Task], reader: DomainsReader) -> None:
    """Refuse a domain that shares no target with another one, and common tasks with other classes."""
    domains: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        if task.domain and "target" in task.roles:
            domains[task.base_name].append(task)
    common = {name: places for name, places in domains.items() if len(places) > 1}
    for domain, part in reader.parts.items():
        if not any(task.domain == domain for places in common.values() for task in places):
            raise DataError(
                f"data.domains: {domain} has no task in common with another domain (it has "
                f"{', '.join(sorted(part.provides))}); leave it out, or add labels or tasks"
            )
    for places in common.values():
        for task in places[1:]:
            for channel in task.channels:
                _check_classes(channel, places[0].domain, task.domain, reader)


def _check_classes(channel: str, first: str, second: str, reader: DomainsReader) -> None:
    one, other = (reader.parts[name].classes.get(channel, ()) for name in (first, second))
    if list(one) == list(other):
        return
    only = [f"{name} alone has {_listed(set(a) - set(b))}" for name, a, b in
            ((first, one, other), (second, other, one)) if set(a) - set(b)]  # fmt: skip
    raise DataError(
        f"data.domains: the classes of {channel} differ: {'; '.join(only) or 'their order'}; "
        "give them the same names, or leave the task out"
    )


def _listed(names: Iterable[str]) -> str:
    ordered = sorted(names)
    more = f" and {len(ordered) - SHOWN} more" if len(ordered) > SHOWN else ""
    return ", ".join(ordered[:SHOWN]) + more


def prepare_domains(
    reader: DomainsReader,
    tasks: Iterable[Task],
    read: Callable[[Reader], DataSet],
    workers: int,
    show: "Show",
) -> DataSet:
    """Read every domain, derive the labels that its tasks need, compare the domains, and join them.

    Parameters
    ----------
    reader
        Of all domains.
    tasks
        Those of the run.
    read
        Reads the data set of one domain, or finds it in the cache.
    workers
        Processes that derive.
    show
        Receives the progress, and a line for each warning.
    """
    chosen = list(tasks)
    parts, channels = {}, {}
    for name, part in reader.parts.items():
        here = [task for task in chosen if task.domain in ("", name)]
        channels[name] = sorted({"rgb", *(channel for task in here for channel in task.channels)})
        parts[name] = derive(read(part), channels[name], workers, show.step)
    for line in compare({name: sampled(data, channels[name]) for name, data in parts.items()}):
        log.warning("data: %s", line)
        show.say(f"warning: {line}")
    return compose(parts, channels, show.step)


def sampled(data: DataSet, channels: Iterable[str]) -> DomainStatistics:
    """Take the statistics of a prepared data set from views spread over it."""
    rows = np.unique(np.linspace(0, len(data) - 1, SAMPLE).round().astype(int))
    wanted = [channel for channel in channels if data.has(channel)]
    classes = {channel: names for channel, names in data.classes.items() if channel in wanted}
    return statistics_of(data.read(rows, wanted), len(data), classes)
