"""The main job: from a configuration to a written report, resumed from what the run folder holds."""

import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from taskaffinity.conclude import conclude
from taskaffinity.config import Config
from taskaffinity.data.prepare import Advance, derive, make_reader, prepare
from taskaffinity.data.reader import Reader
from taskaffinity.engine.account import Account
from taskaffinity.engine.driver import Driver, Tick
from taskaffinity.engine.plan import Plan, read_state
from taskaffinity.errors import InputError
from taskaffinity.logfile import logging_to
from taskaffinity.processes import cores
from taskaffinity.store import RunFolder
from taskaffinity.tasks import Task
from taskaffinity.training.experiment import Experiment, Outline, check_examples, choose_tasks

if TYPE_CHECKING:
    from taskaffinity.jobs.estimate import Estimator
    from taskaffinity.jobs.plan import Planner
    from taskaffinity.models.weights import InitialWeights
    from taskaffinity.sources import Source

log = logging.getLogger(__name__)


class Show(Protocol):
    """What the main job tells whoever watches."""

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
    """What a configuration names, found and fitting together.

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
    initial: "InitialWeights | None"

    @cached_property
    def sources(self) -> "dict[str, Source]":
        """The sources as far as they are known before data is prepared, by name."""
        from taskaffinity.sources import sources_of

        size, initial = self.config.data.size, self.initial
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
    def sources(self) -> "dict[str, Source]":
        """The sources of the run, by name."""
        from taskaffinity.sources import sources_of

        return sources_of(self.experiment.outline)

    @cached_property
    def planner(self) -> "Planner":
        """What plans the jobs of the run."""
        from taskaffinity.jobs.plan import planner_of

        return planner_of(self.experiment, self.sources)

    @cached_property
    def plan(self) -> Plan:
        """Every job of first order; `waves` plans what comes after."""
        return self.planner.first_order()

    @cached_property
    def estimator(self) -> "Estimator":
        """What weighs the jobs of the run."""
        from taskaffinity.jobs.estimate import estimator_of

        return estimator_of(self.experiment, self.sources)

    def waves(self, folder: RunFolder) -> list[Plan]:
        """Plan the waves of the run as far as its folder tells; the last holds all that can be planned."""
        from taskaffinity.jobs.plan import plan_waves

        return plan_waves(self.planner, folder)


def check_input(config: Config) -> Inputs:
    """Refuse data that is not there, tasks that it does not carry, and sources or weights that do not fit.

    Nothing is written before.

    Raises
    ------
    InputError
        Says what is wrong, and what to do.
    """
    reader = make_reader(config.data)
    reader.units()
    return find_inputs(config, reader)


def find_inputs(config: Config, reader: Reader | None = None) -> Inputs:
    """Find what a configuration names; whether its data is there is not looked at."""
    from taskaffinity.sources import check_transfers

    reader = reader or make_reader(config.data)
    classes = {name: list(names) for name, names in reader.classes.items()}
    tasks = choose_tasks(config, reader.provides, classes)
    inputs = Inputs(config, reader, tasks, read_initial(config))
    check_transfers(inputs.sources, [task.name for task in tasks.values() if "target" in task.roles])
    return inputs


def prepare_run(config: Config, show: Show) -> Prepared:
    """Prepare a configuration whose input was not checked: data that is kept from before suffices."""
    return prepare_inputs(find_inputs(config), show)


def prepare_inputs(inputs: Inputs, show: Show) -> Prepared:
    """Read the data, derive the labels and choose the tasks."""
    config, tasks = inputs.config, inputs.tasks
    workers = config.executor.workers or cores()
    data = prepare(inputs.reader, workers, show.step)
    channels = {channel for task in tasks.values() for channel in task.channels}
    derive(data, sorted(channels), workers, show.step)
    left_out = check_examples(Experiment(config, data, tasks))
    for line in left_out:
        log.warning("task left out: %s", line)
        if config.tasks.names is not None:
            raise InputError(f"{line}: too few; give more images, or leave the task out of tasks.names")
    short = {line.split(":")[0] for line in left_out}
    experiment = Experiment(config, data, {n: t for n, t in tasks.items() if n not in short}, inputs.initial)
    return Prepared(experiment, left_out)


def read_initial(config: Config) -> "InitialWeights | None":
    """Read what the encoders of sources start from; None for random weights."""
    if config.model.weights is None:
        return None
    from taskaffinity.models.weights import initial_weights

    return initial_weights(config.model.weights, config.model)


def sweep(prepared: Prepared, plan: Plan, folder: RunFolder, show: Show, account: Account) -> None:
    """Do every job of a plan that the run folder does not show as done."""
    from taskaffinity.jobs.executor import make_executor

    state = read_state(plan, folder)
    log.info("plan of %d jobs, %d done", len(plan.jobs), len(state.done))
    if state.stale:
        show.say(f"{state.stale} results belong to another configuration and are measured again")
    done = len(state.done) == len(plan.jobs)
    if not done or not account.has(plan):
        plan = prepared.estimator.weighed(plan)
    account.begin(plan, state)
    if done:
        return
    settings = prepared.experiment.config.executor
    executor = make_executor(prepared.experiment, folder)
    try:
        Driver(
            plan, folder, executor, settings.retries, settings.bundle, show.jobs, account.took
        ).run(state)  # fmt: skip
    finally:
        executor.close()
        account.write()


def sweep_all(prepared: Prepared, folder: RunFolder, show: Show) -> Plan:
    """Do every wave of a run, and return the plan of all that was measured."""
    swept, account = 0, Account(folder)
    while len(waves := prepared.waves(folder)) > swept:
        sweep(prepared, waves[swept], folder, show, account)
        swept += 1
    return waves[-1]


def run(config: Config, out: Path, show: Show) -> Path:
    """Do the whole job in a run folder.

    Parameters
    ----------
    config
        The configuration.
    out
        The run folder; what is there is kept where it still fits the configuration.
    show
        Who watches.

    Returns
    -------
    Path
        The report.
    """
    from taskaffinity.jobs.executor import check_executor

    folder = RunFolder(out)
    inputs = check_input(config)
    check_executor(config)
    with folder.locked(), logging_to(folder.log_file):
        prepared = prepare_inputs(inputs, show)
        folder.write_config(config)
        plan = sweep_all(prepared, folder, show)
        folder.write_json("data.json", describe_data(prepared))
        write_sources(prepared, folder)
        conclude(folder, folder.losses_table(list(plan.cells)), config.taxonomy, show.step)
        return write_report(prepared, folder, show)


def describe_data(prepared: Prepared) -> dict[str, object]:
    """Say what the run was measured on."""
    experiment = prepared.experiment
    return {
        "name": experiment.data.name,
        "identity": experiment.data.identity,
        "views": len(experiment.data),
        "size": list(experiment.data.size),
        "splits": {name: len(rows) for name, rows in experiment.rows.items()},
        "left_out_files": list(experiment.data.faults),
        "left_out_tasks": prepared.left_out,
        "tasks": {
            task.name: {
                "title": task.title,
                "group": task.group,
                "metric": task.metric,
                "roles": sorted(task.roles),
                "importance": task.importance,
                "label_cost": task.label_cost,
            }
            for task in experiment.tasks.values()
        },
    }


def write_sources(prepared: Prepared, folder: RunFolder) -> None:
    """Record what each source needs and costs."""
    from taskaffinity.sources import sources_table
    from taskaffinity.training.workload import counts_of

    folder.write_sources(sources_table(prepared.sources, counts_of(prepared.experiment)))


def write_report(prepared: Prepared, folder: RunFolder, show: Show) -> Path:
    """Draw the figures and write the report."""
    from taskaffinity.report import write

    return write(folder, prepared.experiment, show.step)
