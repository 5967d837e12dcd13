"""What a plan will take: updates, operations, seconds and bytes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from taskaffinity.analysis.orders import BEAM
from taskaffinity.engine.job import Job, Load
from taskaffinity.engine.plan import Plan
from taskaffinity.jobs.base import RunJob, Setup
from taskaffinity.jobs.plan import Pair, Planner
from taskaffinity.names import RESERVED
from taskaffinity.sources import Source
from taskaffinity.training.calibration import Calibration
from taskaffinity.training.devices import device_of
from taskaffinity.training.examples import Examples
from taskaffinity.training.experiment import Experiment
from taskaffinity.training.workload import Reads, Work, counts_of, stored_values

READ = 16  # examples that are read to time reading
FLOAT = 4  # bytes
IMAGE_ID = 8  # bytes an image's identity takes in a cell, packed


@dataclass(frozen=True)
class ReadingTimes:
    """Seconds to read from the disk, nothing where there is no data to read.

    Attributes
    ----------
    image
        An image alone.
    example, label
        An example with its label, and the label alone, by task.
    """

    image: float = 0.0
    example: Mapping[str, float] = field(default_factory=dict)
    label: Mapping[str, float] = field(default_factory=dict)

    def of(self, work: Work) -> tuple[float, float]:
        """Return the seconds to read an example for training, and one that is scored.

        The labels that a constant guess is scored on are read once, and the encodings that readouts take are
        in memory.
        """
        task = str(work.task)
        match work.reads:
            case Reads.EXAMPLES:
                seconds = self.example.get(task, 0.0) + sum(self.label.get(one, 0.0) for one in work.beside)
                return seconds, seconds
            case Reads.LABELS:
                return self.label.get(task, 0.0), 0.0
            case Reads.IMAGES:
                return 0.0, self.image
        return 0.0, 0.0


@dataclass(frozen=True)
class Estimator:
    """Weighs the jobs of one run.

    Attributes
    ----------
    setup
        Tasks, sources, and how much data there is.
    calibration
        Times networks on the device at hand.
    reading
        Times of reading.
    """

    setup: Setup
    calibration: Calibration
    reading: ReadingTimes

    def load(self, job: Job) -> Load:
        """Weigh one job."""
        assert isinstance(job, RunJob)
        work = job.work(self.setup)
        return Load(work.updates, work.operations, self._seconds(work) if work.passes else 0.0)

    def _seconds(self, work: Work) -> float:
        pace = self.calibration.pace(work.blueprint)
        read, read_scored = self.reading.of(work)
        trained = work.updates * work.batch
        return trained * (pace.update + read) + work.scored * (pace.score + read_scored)

    def weighed(self, plan: Plan) -> Plan:
        """Return the plan with the load of each job."""
        return plan.weighed(self.load)

    def bytes_of(self, plan: Plan) -> dict[str, int]:
        """Count what a run folder will hold: sources, encodings, and the losses in the cells."""
        jobs = [job for job in plan.jobs if isinstance(job, RunJob)]
        weights = sum(stored_values(job.work(self.setup).blueprint) for job in jobs if job.makes is not None)
        kept = sum(job.kept_values(self.setup) for job in jobs)
        images = sum(self.setup.counts.examples[target, "test"] for target, _ in plan.cells)
        return {
            "sources": weights * FLOAT, "encodings": kept * FLOAT, "cells": images * (FLOAT + IMAGE_ID),
        }  # fmt: skip


def estimator_of(experiment: Experiment, sources: Mapping[str, Source]) -> Estimator:
    """Make the estimator of an experiment whose data is there: reading is timed, networks when asked for."""
    config = experiment.config
    setup = Setup(config, experiment.tasks, sources, counts_of(experiment))
    return Estimator(setup, Calibration(config, device_of(config)), time_reading(experiment))


def time_reading(experiment: Experiment) -> ReadingTimes:
    """Read a few examples of every task, and time the second reading: the first may wait for the disk."""

    def seconds(read: Callable[[], object], count: int) -> float:
        read()
        began = time.process_time()
        read()
        return (time.process_time() - began) / count

    example, label = {}, {}
    for task in experiment.trained:
        examples = Examples(experiment, task, experiment.examples(task, "source"))
        index = np.arange(min(READ, len(examples)))
        example[task.name] = seconds(lambda e=examples, i=index: e.batch(i), len(index))  # type: ignore[misc]
        label[task.name] = seconds(lambda e=examples, i=index: e.labels(i), len(index))  # type: ignore[misc]
    rows = experiment.rows["test"][:READ]
    image = seconds(lambda: experiment.data.read(rows, ["rgb"]), len(rows))
    return ReadingTimes(image, example, label)


def with_assumed_orders(plan: Plan, planner: Planner) -> Plan:
    """Add as many transfers of higher order as will be planned: which sources they join costs the same."""
    chosen: list[Pair] = []
    offered = sorted(s.name for s in planner.sources.values() if s.is_offered and s.name not in RESERVED)
    for task in planner.targets:
        names = [name for name in offered if name != task.name]
        for order in sorted(set(planner.run.config.transfer.orders) - {1}):
            chosen += [(task.name, sources) for sources in combinations(names[: max(BEAM, order)], order)]
    return planner.with_source_sets(plan, chosen) if chosen else plan
