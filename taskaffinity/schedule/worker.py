"""A worker: opens the experiment once, then does one job after another."""

import os
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from taskaffinity.config import Config
from taskaffinity.schedule.jobs import Job
from taskaffinity.schedule.supplies import Supplies
from taskaffinity.tasks import Task
from taskaffinity.training.bench import Bench
from taskaffinity.training.encode import Encoder
from taskaffinity.training.experiment import open_experiment
from taskaffinity.training.result import Cell, Result
from taskaffinity.training.source import fit_constant, make_random, mark, train_scratch, train_source
from taskaffinity.training.transfer import SourceSet, train_transfers

KEPT_SOURCES = 2


@dataclass(frozen=True)
class Context:
    """What a worker must know to open the experiment; picklable.

    Attributes
    ----------
    config
        The run's configuration.
    tasks
        Names of the tasks that take part.
    supplies
        Where the data and the sources trained before are found.
    """

    config: Config
    tasks: list[str]
    supplies: Supplies

    def open(self, device: str) -> "Worker":
        """Set up a worker on a torch device."""
        return Worker(self, torch.device(device))


@dataclass
class Worker:
    """Does jobs on one device."""

    context: Context
    device: torch.device
    _weights: OrderedDict[str, dict[str, np.ndarray]] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it products on a GPU may differ
        torch.set_num_threads(1)  # workers share the cores; the sums then do not depend on how many there are
        torch.use_deterministic_algorithms(True, warn_only=True)
        # Filled with NaN, it would show who reads it; it costs a tenth of the time.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        limit_memory(self.device, self.context.config.executor.gpus_per_worker)
        supplies = self.context.supplies
        config = _with_task_folders(self.context.config, supplies.task_folders())
        self.bench = Bench(open_experiment(config, supplies.data(), self.context.tasks), self.device)
        self.encoder = Encoder(self.bench, supplies.features(), self.weights)

    def weights(self, source: str) -> dict[str, np.ndarray]:
        """Give the weights of a source; the last few are kept."""
        if source not in self._weights:
            self._weights[source] = self.context.supplies.weights(source)
            while len(self._weights) > KEPT_SOURCES:
                self._weights.popitem(last=False)
        return self._weights[source]

    def perform(self, job: Job) -> Result:
        """Do one job."""
        start = time.monotonic()
        result = self._dispatch(job)
        seconds = (time.monotonic() - start) / len(job.parts)
        config = self.context.config
        for part, cell in zip(job.parts, result.cells, strict=False):  # not every job makes a cell
            cell.facts.update(identity=part.identity, seconds=seconds, seed=config.seed)
            cell.facts["transfer_size"] = self._transfer_size(job)
        if result.source:
            result.source.facts.update(identity=job.identity, seconds=seconds)
        return result

    def _transfer_size(self, job: Job) -> int:
        """Return how many labelled examples the network of a cell was trained on."""
        split = "transfer" if job.kind in ("transfer", "scratch") else "source"
        task = self.bench.experiment.tasks[job.target or job.sources[0]] if job.kind != "random" else None
        return len(self.bench.experiment.examples(task, split)) if task else 0

    def _dispatch(self, job: Job) -> Result:
        tasks = self.bench.experiment.tasks
        match job.kind:
            case "source":
                return train_source(self.bench, tasks[job.sources[0]], self._initial())
            case "random":
                return make_random(self.bench)
            case "scratch":
                return train_scratch(self.bench, tasks[str(job.target)])
            case "constant":
                return fit_constant(self.bench, tasks[str(job.target)])
            case "encode":
                return self._encode(job)
            case "transfer":
                return self._transfer(job)

    def _initial(self) -> dict[str, np.ndarray] | None:
        return self.context.supplies.initial() if self.context.config.model.weights else None

    def _facts(self, source: str) -> dict[str, object]:
        return self.context.supplies.facts(source)

    def _encode(self, job: Job) -> Result:
        source = job.sources[0]
        if not self._facts(source).get("diverged"):
            self.encoder.encodings(source, job.identity, self.bench.experiment.tasks[str(job.target)])
        return Result()

    def _transfer(self, job: Job) -> Result:
        """Train the readouts of a job and its mates; those from a source that diverged are not tried."""
        target = self.bench.experiment.tasks[str(job.target)]
        cells = {part.name: self._diverged_cell(part) for part in job.parts if self._is_hopeless(part)}
        hopeful = [part for part in job.parts if part.name not in cells]
        if hopeful:
            made = train_transfers(self.bench, target, [self._source_set(part, target) for part in hopeful])
            cells |= {part.name: cell for part, cell in zip(hopeful, made.cells, strict=True)}
        return Result(cells=[cells[part.name] for part in job.parts])

    def _is_hopeless(self, job: Job) -> bool:
        return any(self._facts(source).get("diverged") for source in job.sources)

    def _source_set(self, job: Job, target: Task) -> SourceSet:
        identities = {source: str(self._facts(source)["identity"]) for source in job.sources}
        encodings = [self.encoder.encodings(source, key, target) for source, key in identities.items()]
        return SourceSet(job.sources, encodings)

    def _diverged_cell(self, job: Job) -> Cell:
        """Record a transfer from a source that diverged: it loses to everything."""
        target = self.bench.experiment.tasks[str(job.target)]
        test = self.bench.examples(target, "test")
        labelled = test.truth().has_label.numpy()
        losses = np.where(labelled, np.inf, np.nan).astype(np.float32)
        cell = Cell(
            target.name, job.sources, test.ids, losses, np.zeros(0, np.int64), np.zeros(0, np.float32), {}
        )  # fmt: skip
        return mark(cell, {"diverged": True, "validation": None})


def limit_memory(device: torch.device, share: float) -> None:
    """Keep a worker to its share of the memory of a GPU that others use too; beyond it torch fails."""
    if device.type == "cuda" and share < 1:
        torch.cuda.set_per_process_memory_fraction(share, device)


def _with_task_folders(config: Config, folders: list[Path]) -> Config:
    """Return the configuration with the user's folders of tasks where they are on this machine."""
    return config.model_copy(update={"tasks": config.tasks.model_copy(update={"folders": folders})})
