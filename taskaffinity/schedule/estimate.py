"""What a plan will take: updates, operations, seconds and bytes, by kind of job."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import torch

from taskaffinity.analysis.orders import BEAM
from taskaffinity.config import Config
from taskaffinity.models.encoder import encoding_size
from taskaffinity.outputs import Output
from taskaffinity.schedule.calibration import Calibration
from taskaffinity.schedule.jobs import Job
from taskaffinity.schedule.plan import Plan, with_source_sets
from taskaffinity.schedule.workload import Counts, Shape, Work, counts_of, operations, parameters, work_of
from taskaffinity.tasks import Task
from taskaffinity.training.experiment import Experiment

READ = 16  # examples that are read to time reading
FLOAT = 4  # bytes
IMAGE_ID = 8  # bytes an image's identity takes in a cell, packed


@dataclass(frozen=True)
class Reading:
    """Seconds to read one example from the disk.

    Attributes
    ----------
    image
        An image alone.
    example, label
        An example with its label, and the label alone, by task; none where there is no data to read.
    """

    image: float = 0.0
    example: Mapping[str, float] | None = None
    label: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Amount:
    """What some jobs come to; seconds are of one worker."""

    jobs: int = 0
    updates: int = 0
    operations: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(
            self.jobs + other.jobs, self.updates + other.updates,
            self.operations + other.operations, self.seconds + other.seconds,
        )  # fmt: skip


@dataclass(frozen=True)
class Estimator:
    """Weighs the jobs of one experiment.

    Attributes
    ----------
    config, tasks, outputs
        The configuration, the tasks that take part, and what each predicts.
    counts
        How much data there is.
    calibration
        Times networks on the device at hand.
    reading
        Times of reading; nothing where the data is not there.
    """

    config: Config
    tasks: Mapping[str, Task]
    outputs: Mapping[str, Output]
    counts: Counts
    calibration: Calibration
    reading: Reading

    def amount(self, job: Job) -> Amount:
        """Weigh one job."""
        work = work_of(job, self.config, self.counts, self.tasks, self.outputs)
        one = operations(work.shape, self.config.model, self.counts.size)
        return Amount(1, work.updates, work.passes * one, self._seconds(work) if work.passes else 0.0)

    def _seconds(self, work: Work) -> float:
        pace, trained = self.calibration.pace(work.shape), work.updates * work.batch
        read, read_scored = 0.0, 0.0
        match work.shape.part:
            case "own":
                read = read_scored = (self.reading.example or {}).get(str(work.task), 0.0)
            case "constant":
                read = (self.reading.label or {}).get(str(work.task), 0.0)
            case "encoder":
                read_scored = self.reading.image
        return trained * (pace.update + read) + work.scored * (pace.score + read_scored)

    def by_kind(self, jobs: Iterable[Job]) -> dict[str, Amount]:
        """Weigh jobs, summed by kind."""
        total: dict[str, Amount] = {}
        for job in jobs:
            total[job.kind] = total.get(job.kind, Amount()) + self.amount(job)
        return total

    def weighed(self, plan: Plan) -> Plan:
        """Return the plan with the cost of each job in seconds."""
        return replace(plan, jobs=[replace(job, cost=self.amount(job).seconds) for job in plan.jobs])

    def bytes_of(self, plan: Plan) -> dict[str, int]:
        """Count what a run folder will hold: sources, encodings, and the losses in the cells."""
        model, size = self.config.model, self.counts.size
        rows, columns = encoding_size(model, size)
        encoding = self.counts.views * model.channels * rows * columns * FLOAT
        weights = [self._weights(job) for job in plan.source_jobs]
        cells = [self.counts.examples[target, "test"] * (FLOAT + IMAGE_ID) for target, _ in plan.cells]
        encodings = sum(job.kind == "encode" for job in plan.jobs) * encoding
        return {"sources": sum(weights), "encodings": encodings, "cells": sum(cells)}

    def _weights(self, job: Job) -> int:
        shape = Shape("encoder")
        if job.kind == "source":
            task = self.tasks[job.sources[0]]
            shape = Shape("own", self.outputs[task.name], task.loss, task.images)
        return parameters(shape, self.config.model, self.counts.size) * FLOAT


def estimator_of(experiment: Experiment) -> Estimator:
    """Make the estimator of an experiment whose data is there: reading is timed, networks when asked for."""
    config, counts = experiment.config, counts_of(experiment)
    outputs = {task.name: experiment.output(task) for task in experiment.tasks.values() if task.is_trained}
    calibration = Calibration(config, counts.size, device_of(config))
    return Estimator(config, experiment.tasks, outputs, counts, calibration, time_reading(experiment))


def device_of(config: Config) -> torch.device:
    """Return the device that this machine's workers get."""
    name = config.executor.device
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def slots_of(config: Config) -> int:
    """Count the workers: those of the configuration, or of the devices of this machine."""
    from taskaffinity.schedule.executors.local import pick_devices

    return config.executor.workers or len(
        pick_devices(config.executor.device, None, config.executor.gpus_per_worker)
    )


def time_reading(experiment: Experiment) -> Reading:
    """Read a few examples of every task, and time the second reading: the first may wait for the disk."""
    from taskaffinity.training.examples import Examples

    def seconds(read: Any, count: int) -> float:
        read()
        began = time.process_time()
        read()
        return (time.process_time() - began) / count

    example, label = {}, {}
    for task in experiment.tasks.values():
        if task.is_trained:
            found = Examples(experiment, task, experiment.examples(task, "source"))
            index = np.arange(min(READ, len(found)))
            example[task.name] = seconds(lambda f=found, i=index: f.batch(i), len(index))
            label[task.name] = seconds(lambda f=found, i=index: f.labels(i), len(index))
    rows = experiment.rows["test"][:READ]
    image = seconds(lambda: experiment.data.read(rows, ["rgb"]), len(rows))
    return Reading(image, example, label)


def with_assumed_orders(plan: Plan, experiment: Experiment) -> Plan:
    """Add as many transfers of higher order as will be planned: which sources they join costs the same."""
    chosen = []
    for task in experiment.targets:
        names = sorted(source.name for source in experiment.sources if source.name != task.name)
        for order in sorted(set(experiment.config.transfer.orders) - {1}):
            chosen += [(task.name, sources) for sources in combinations(names[: max(BEAM, order)], order)]
    return with_source_sets(plan, experiment, chosen) if chosen else plan


def record_of(amounts: Mapping[str, Amount], sizes: Mapping[str, int], slots: int) -> dict[str, Any]:
    """Return an estimate as plain values."""
    total = sum(amounts.values(), Amount())
    return {
        "by_kind": {kind: asdict(amount) for kind, amount in amounts.items()},
        "total": asdict(total),
        "workers": slots,
        "hours": total.seconds / slots / 3600,
        "bytes": dict(sizes),
    }
