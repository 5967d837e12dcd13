"""The main job: from a configuration to a written report, going on where the disk left off."""

import logging
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from taskaffinity.config import Config
from taskaffinity.data.prepare import Advance, derive, make_reader, prepare
from taskaffinity.data.reader import Reader
from taskaffinity.errors import InputError
from taskaffinity.logfile import logging_to
from taskaffinity.runs.conclude import conclude
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import JobRecord, record_jobs
from taskaffinity.schedule.account import Account
from taskaffinity.schedule.executors import Executor
from taskaffinity.schedule.plan import Plan, make_plan, read_state
from taskaffinity.schedule.sweep import Sweep, Tick
from taskaffinity.tasks import Task
from taskaffinity.training.experiment import Experiment, check_examples, choose_tasks
from taskaffinity.waves import plan_waves

if TYPE_CHECKING:
    from taskaffinity.models.weights import InitialWeights

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
    def plan(self) -> Plan:
        """Every job of first order; `taskaffinity.waves` plans what comes after."""
        return make_plan(self.experiment)


def check_input(config: Config) -> Inputs:
    """Refuse data that is not there, tasks that it does not carry and weights that do not fit.

    Nothing is made before.

    Raises
    ------
    InputError
        Says what is wrong, and what to do.
    """
    reader = make_reader(config.data)
    reader.units()
    return _inputs(config, reader)


def _inputs(config: Config, reader: Reader) -> Inputs:
    classes = {name: list(names) for name, names in reader.classes.items()}
    return Inputs(config, reader, choose_tasks(config, reader.provides, classes), read_initial(config))


def prepare_run(config: Config, show: Show) -> Prepared:
    """Prepare a configuration whose input was not checked: data that is kept from before suffices."""
    return prepare_inputs(_inputs(config, make_reader(config.data)), show)


def prepare_inputs(inputs: Inputs, show: Show) -> Prepared:
    """Read the data, derive the labels and choose the tasks."""
    config, tasks = inputs.config, inputs.tasks
    workers = config.executor.workers or len(os.sched_getaffinity(0))
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


def sweep(experiment: Experiment, plan: Plan, folder: RunFolder, show: Show, account: Account) -> None:
    """Do every job of a plan that the disk does not show as done."""
    from taskaffinity.schedule.estimate import estimator_of

    state = read_state(plan, folder)
    log.info("plan of %d jobs, %d done", len(plan.jobs), len(state.done))
    if state.stale:
        show.say(f"{state.stale} results belong to another configuration and are measured anew")
    done = len(state.done) == len(plan.jobs)
    if not done or not account.has(plan):
        plan = estimator_of(experiment).weighed(plan)
    account.begin(plan, state)
    if done:
        return
    executor = make_executor(experiment, folder)
    try:
        settings = experiment.config.executor
        Sweep(
            plan, folder, executor, settings.retries, settings.bundle, show.jobs, account.took
        ).run(state)  # fmt: skip
    finally:
        executor.close()
        account.write()


def sweep_all(experiment: Experiment, folder: RunFolder, show: Show) -> Plan:
    """Do every wave of a run, and return the plan of all that was measured."""
    swept, account = 0, Account(folder)
    while len(waves := plan_waves(experiment, folder)) > swept:
        folder.write_jobs(record_jobs(recorded(waves[-1]), conclusion_settings(experiment)))
        sweep(experiment, waves[swept], folder, show, account)
        swept += 1
    return waves[-1]


def recorded(plan: Plan) -> list[JobRecord]:
    """Return what is recorded of each job of a plan."""
    makers = {job.name for job in plan.source_jobs}
    cells = {job.name: cell for cell, job in plan.cells.items()}
    return [
        JobRecord(
            name=job.name, kind=job.kind, identity=job.identity, needs=tuple(sorted(job.waits_for)),
            makes=job.sources[0] if job.name in makers else None,
            cells=(cells[job.name],) if job.name in cells else (),
        )
        for job in plan.jobs
    ]  # fmt: skip


def conclusion_settings(experiment: Experiment) -> dict[str, object]:
    """Return what changes the tables of a run besides its cells."""
    tasks = {
        task.name: [sorted(task.roles), task.importance, task.label_cost]
        for task in experiment.tasks.values()
    }
    return {"taxonomy": experiment.config.taxonomy.model_dump(), "tasks": tasks}


def make_executor(experiment: Experiment, folder: RunFolder) -> Executor:
    """Build the executor that a configuration asks for."""
    from taskaffinity.schedule.worker import Context

    settings, tasks = experiment.config.executor, list(experiment.tasks)
    folder.write_initial(experiment.initial.parameters if experiment.initial else None)
    if settings.kind == "ray":
        return _make_ray(experiment, folder)
    from taskaffinity.schedule.executors.local import LocalExecutor, pick_devices
    from taskaffinity.schedule.supplies import FolderSupplies

    supplies = FolderSupplies(
        experiment.data.folder, RunFolder(folder.path.resolve()), tuple(experiment.config.tasks.folders)
    )
    return LocalExecutor(
        Context(experiment.config, tasks, supplies), pick_devices(settings.device, settings.workers)
    )


def _make_ray(experiment: Experiment, folder: RunFolder) -> Executor:
    from taskaffinity.schedule.executors.ray import RayExecutor, connect, pick_slots, resources
    from taskaffinity.schedule.object_store import PostOffice, supplies_of
    from taskaffinity.schedule.worker import Context

    config = experiment.config
    owns_ray = connect(config.executor)
    supplies = supplies_of(experiment.data, config.tasks.folders)
    context = Context(config, list(experiment.tasks), supplies)
    office = PostOffice(folder, [supplies.data_set, *supplies.tasks])
    slots = pick_slots(config.executor, resources())
    return RayExecutor(context, slots, supplies, office, owns_ray)


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
    from taskaffinity.report import write
    from taskaffinity.report.gather import record_pictures

    folder = RunFolder(out)
    for place in filter(Path.is_dir, config.tasks.folders):
        show.say(f"tasks: the Python files in {place} are run")
    inputs = check_input(config)
    with folder.locked(), logging_to(folder.log_file):
        prepared = prepare_inputs(inputs, show)
        waves = plan_waves(prepared.experiment, folder)  # first: it tells which tables are out of date
        folder.write_jobs(record_jobs(recorded(waves[-1]), conclusion_settings(prepared.experiment)))
        folder.write_config(config)
        plan = sweep_all(prepared.experiment, folder, show)
        folder.write_json("data.json", describe_data(prepared))
        conclude(folder, folder.losses_table(list(plan.cells)), config.taxonomy, show.step)
        record_pictures(folder, prepared.experiment, show.say)
        return write(folder, show.step)


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
