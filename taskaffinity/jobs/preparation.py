"""From a configuration to jobs: prepares the data, chooses tasks and sources, plans the jobs."""

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from taskaffinity.config import Config
from taskaffinity.data.domains import DomainsReader
from taskaffinity.data.keep import DataSet
from taskaffinity.data.prepare import Advance, derive, prepare
from taskaffinity.data.reader import Reader
from taskaffinity.engine.driver import Tick
from taskaffinity.engine.plan import Plan
from taskaffinity.errors import InputError
from taskaffinity.jobs.domains import choose_in_domains, prepare_domains
from taskaffinity.jobs.estimate import Estimator, estimator_of
from taskaffinity.jobs.plan import Planner, measuring, plan_waves, planner_of
from taskaffinity.jobs.selection import check_examples, choose_tasks
from taskaffinity.models.weights import InitialWeights, initial_weights
from taskaffinity.processes import cores
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.measuring import Measuring
from taskaffinity.sources import Source, check_transfers, sources_of
from taskaffinity.tasks import Task
from taskaffinity.training.encodings import TRANSFER_SPLITS
from taskaffinity.training.experiment import Experiment, Outline

log = logging.getLogger(__name__)


class Show(Protocol):
    """Receives the progress of the main job."""

    def step(self, title: str, total: int) -> Advance:
        """Begin a step of `total` parts; the function returned takes how many were done."""
        ...

    def say(self, line: str) -> None:
        """Say one line."""
        ...

    def jobs(self, tick: Tick) -> None:
        """Show how far the sweep is."""
        ...


@dataclass(frozen=True)
class Inputs:
    """The data reader, tasks and weights that a configuration names, checked against each other.

    Attributes
    ----------
    config
        The configuration.
    reader
        Of the data set.
    tasks
        The tasks that it carries, by name.
    initial
        What the encoders of sources start from; None for random weights.
    """

    config: Config
    reader: Reader
    tasks: dict[str, Task]
    initial: InitialWeights | None

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The sources as far as they are known before data is prepared, by name."""
        size, initial = self.config.data.side, self.initial
        return sources_of(
            Outline(
                self.config, self.tasks, (size, size), self.reader.provides,
                initial=initial.identity if initial else None,
            )
        )  # fmt: skip


@dataclass(frozen=True)
class Prepared:
    """An experiment, and the tasks that were left out of it.

    Attributes
    ----------
    experiment
        Data and tasks.
    left_out
        One line per task that this data has too few examples for.
    """

    experiment: Experiment
    left_out: list[str]

    @cached_property
    def sources(self) -> dict[str, Source]:
        """The sources of the run, by name."""
        return sources_of(self.experiment.outline)

    @cached_property
    def planner(self) -> Planner:
        """What plans the jobs of the run."""
        return planner_of(self.experiment, self.sources)

    @property
    def plan(self) -> Plan:
        """Every job of first order; `waves` plans what comes after."""
        return self.planner.first_order

    @cached_property
    def estimator(self) -> Estimator:
        """What weighs the jobs of the run."""
        return estimator_of(self.experiment, self.sources)

    def waves(self, folder: RunFolder) -> list[Plan]:
        """Plan the waves of the run as far as its folder tells; the last holds all that can be planned."""
        return plan_waves(self.planner, folder)

    def measuring(self, folder: RunFolder) -> Measuring | None:
        """Return what the run measured and predicted, when its waves are done; None where it measures all."""
        return measuring(self.planner, folder)


def check_input(config: Config) -> Inputs:
    """Refuse data that is not there, tasks that it does not carry, and sources or weights that do not fit.

    Nothing is written before.

    Raises
    ------
    InputError
        Says what is wrong, and what to do.
    """
    reader = config.data.reader()
    reader.units()
    return find_inputs(config, reader)


def find_inputs(config: Config, reader: Reader | None = None) -> Inputs:
    """Find what a configuration names, without checking whether its data exists."""
    reader = reader or config.data.reader()
    if isinstance(reader, DomainsReader):
        tasks = choose_in_domains(config, reader)
    else:
        classes = {name: list(names) for name, names in reader.classes.items()}
        tasks = choose_tasks(config, reader.provides, classes)
    inputs = Inputs(config, reader, tasks, read_initial(config))
    check_transfers(inputs.sources, [task.name for task in tasks.values() if "target" in task.roles])
    return inputs


def prepare_run(config: Config, show: Show) -> Prepared:
    """Prepare a configuration without checking its input; prepared data in the cache is enough."""
    return prepare_inputs(find_inputs(config), show)


def prepare_inputs(inputs: Inputs, show: Show) -> Prepared:
    """Read the data, derive the labels and choose the tasks."""
    config, tasks = inputs.config, inputs.tasks
    data = _prepare_data(inputs, show)
    left_out = check_examples(Experiment(config, data, tasks))
    for line in left_out:
        log.warning("task left out: %s", line)
        if config.tasks.names is not None:
            raise InputError(f"{line}: too few; give more images, or leave the task out of tasks.names")
    short = {line.split(":")[0] for line in left_out}
    experiment = Experiment(config, data, {n: t for n, t in tasks.items() if n not in short}, inputs.initial)
    prepared = Prepared(experiment, left_out)
    check_transfers(prepared.sources, [task.name for task in experiment.targets])
    rows = np.concatenate([experiment.rows[split] for split in TRANSFER_SPLITS])
    images = [str(data.ids[row]) for row in np.sort(rows)]
    for source in prepared.sources.values():
        source.check(images)
    return prepared


def _prepare_data(inputs: Inputs, show: Show) -> DataSet:
    """Read the data and derive the labels of the tasks, in each domain by itself where there are several."""
    reader, tasks = inputs.reader, inputs.tasks.values()
    workers = inputs.config.executor.workers or cores()
    if isinstance(reader, DomainsReader):
        return prepare_domains(reader, tasks, lambda part: _read(part, workers, show), workers, show)
    channels = {channel for task in tasks for channel in task.channels}
    return derive(_read(reader, workers, show), sorted(channels), workers, show.step)


def _read(reader: Reader, workers: int, show: Show) -> DataSet:
    """Read the data, or find them in the cache; either way a line tells how much was asked for.

    The cache knows data by its content. Without the line, a mistyped path to other data and a folder that was
    read before under another name would look the same.
    """
    titles = []

    def step(title: str, total: int) -> Advance:
        titles.append(title)
        return show.step(title, total)

    data = prepare(reader, workers, step)
    if not titles:
        show.say(f"reading {reader.name} ({len(reader.units())}): in the cache, read before")
    return data


def read_initial(config: Config) -> InitialWeights | None:
    """Read what the encoders of sources start from; None for random weights."""
    if config.model.weights is None:
        return None
    return initial_weights(config.model.weights, config.model)
