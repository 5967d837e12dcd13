"""The main job: from a configuration to a written report, resumed from what the run folder holds."""

import logging
from pathlib import Path

import torch

from taskaffinity.config import Config
from taskaffinity.engine.account import Account
from taskaffinity.engine.driver import Driver
from taskaffinity.engine.executors import Executor
from taskaffinity.engine.plan import Plan, read_state
from taskaffinity.jobs.executor import check_executor, make_executor
from taskaffinity.jobs.preparation import (
    Inputs,
    Prepared,
    Show,
    check_input,
    find_inputs,
    prepare_inputs,
    prepare_run,
)
from taskaffinity.logfile import logging_to
from taskaffinity.runs.conclude import conclude
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import record_jobs
from taskaffinity.sources import kinds, sources_table
from taskaffinity.training.bench import Bench
from taskaffinity.training.devices import bundle_of
from taskaffinity.training.experiment import Experiment
from taskaffinity.training.workload import counts_of

__all__ = [
    "Inputs", "Prepared", "Show", "check_input", "find_inputs", "prepare_inputs", "prepare_run", "run",
    "sweep", "sweep_all",
]  # fmt: skip

log = logging.getLogger(__name__)


class Crew:
    """The executor of a run, made when it is first needed and kept from wave to wave.

    Parameters
    ----------
    experiment, folder
        As for `taskaffinity.jobs.executor.make_executor`.
    """

    def __init__(self, experiment: Experiment, folder: RunFolder) -> None:
        self._experiment, self._folder = experiment, folder
        self._executor: Executor | None = None

    def __enter__(self) -> "Crew":
        return self

    def __exit__(self, *raised: object) -> None:
        if self._executor is not None:
            self._executor.close()

    @property
    def executor(self) -> Executor:
        """The executor."""
        if self._executor is None:
            self._executor = make_executor(self._experiment, self._folder)
        return self._executor


def sweep(
    prepared: Prepared, plan: Plan, folder: RunFolder, show: Show, account: Account, crew: Crew
) -> None:
    """Do every job of a plan that is not done."""
    state = read_state(plan, folder)
    log.info("plan of %d jobs, %d done", len(plan.jobs), len(state.done))
    if state.stale:
        show.say(f"{state.stale} results belong to another configuration or version and are measured again")
    done = len(state.done) == len(plan.jobs)
    if not done or not account.has(plan):
        plan = prepared.estimator.weighed(plan)
    account.begin(plan, state)
    if done:
        return
    settings = prepared.experiment.config.executor
    bundle = bundle_of(prepared.experiment.config)
    try:
        Driver(plan, folder, crew.executor, settings.retries, bundle, show.jobs, account.took).run(state)
    finally:
        account.write()


def sweep_all(prepared: Prepared, folder: RunFolder, show: Show) -> Plan:
    """Record what a run sets out to do, do every wave of it, and return the plan of all that was measured.

    ``jobs.json`` comes before ``config.yaml``: it tells which tables are out of date.
    """
    swept, account = 0, Account(folder)
    settings = conclusion_settings(prepared.experiment)
    with Crew(prepared.experiment, folder) as crew:
        while len(waves := prepared.waves(folder)) > swept:
            folder.write_jobs(record_jobs(waves[-1].jobs, settings))
            if not swept:
                folder.write_config(prepared.experiment.config)
            elif prepared.experiment.config.transfer.measure != "all":
                more = len(waves[swept].jobs) - len(waves[swept - 1].jobs)
                show.say(f"wave {swept}: {more} more readouts; how many follow depends on their results")
            sweep(prepared, waves[swept], folder, show, account, crew)
            swept += 1
    return waves[-1]


def conclusion_settings(experiment: Experiment) -> dict[str, object]:
    """Return what changes the tables of a run besides its cells."""
    tasks = {
        task.name: [sorted(task.roles), task.importance, task.label_cost]
        for task in experiment.tasks.values()
    }
    return {"taxonomy": experiment.config.taxonomy.model_dump(), "tasks": tasks}


def run(config: Config, out: Path, show: Show) -> Path:
    """Do the whole job in a run folder.

    Parameters
    ----------
    config
        The configuration.
    out
        The run folder; what is there is kept where it still fits the configuration.
    show
        Receives the progress.

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
    for place in filter(Path.is_dir, config.sources.folders):
        show.say(f"sources: the Python files in {place} are run")
    inputs = check_input(config)
    check_executor(config)
    with folder.locked(), logging_to(folder.log_file):
        prepared = prepare_inputs(inputs, show)
        plan = sweep_all(prepared, folder, show)
        folder.write_json("data.json", describe_data(prepared))
        write_sources(prepared, folder)
        conclude_sources(prepared, folder)
        measuring = prepared.measuring(folder)
        conclude(folder, folder.losses_table(list(plan.cells)), config.taxonomy, show.step, measuring)
        record_pictures(folder, prepared.experiment, show.say)
        return write(folder, show.step)


def conclude_sources(prepared: Prepared, folder: RunFolder) -> None:
    """Let each kind record what follows from its sources."""
    bench = Bench(prepared.experiment, torch.device("cpu"))
    for name, kind in kinds(prepared.experiment.config.sources.folders).items():
        kind.conclude([source for source in prepared.sources.values() if source.kind == name], bench, folder)


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
    folder.write_sources(sources_table(prepared.sources, counts_of(prepared.experiment)))
