"""A worker: opens the experiment once, then does one job after another."""

import os
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from taskaffinity.config import Config
from taskaffinity.engine.job import CellKey, Job
from taskaffinity.engine.result import Result
from taskaffinity.engine.supplies import Supplies
from taskaffinity.sources import EncodingCache, Source, sources_of
from taskaffinity.tasks import Task
from taskaffinity.training.bench import Bench
from taskaffinity.training.devices import limit_memory, resolved
from taskaffinity.training.encodings import Encodings
from taskaffinity.training.experiment import open_experiment

KEPT_SOURCES = 2
DATA, TASKS, SOURCES = "data", "tasks", "sources"  # roles of the folders that workers are given


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
        Where the data, the user's folders, and the sources made before are found.
    """

    config: Config
    tasks: list[str]
    supplies: Supplies

    def open(self, device: str) -> "Worker":
        """Set up a worker on a torch device."""
        return Worker(self, torch.device(resolved(device)))


@dataclass
class Worker:
    """Does jobs on one device, and offers them what they need.

    Attributes
    ----------
    context
        What it was opened from.
    device
        Where it computes.
    bench
        Builds and scores networks.
    sources
        The sources of the run, by name. Their identities are those of jobs, for weights that encoders start
        from are not known here.
    """

    context: Context
    device: torch.device
    bench: Bench = field(init=False)
    sources: Mapping[str, Source] = field(init=False)
    _weights: OrderedDict[str, dict[str, np.ndarray]] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it products on a GPU may differ
        torch.set_num_threads(1)  # workers share the cores; the sums then do not depend on how many there are
        torch.use_deterministic_algorithms(True, warn_only=True)
        # Filled with NaN, it would show who reads it; it costs a tenth of the time.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        limit_memory(self.device, self.context.config.executor.gpus_per_worker)
        config = _with_folders(self.context.config, self.supplies)
        (data,) = self.supplies.folders(DATA)
        experiment = open_experiment(config, data, self.context.tasks)
        self.bench, self.sources = Bench(experiment, self.device), sources_of(experiment.outline)
        self._cache = EncodingCache(self.bench, self.supplies.cache(), self._weights_of)

    @property
    def supplies(self) -> Supplies:
        """Where the worker finds what others made."""
        return self.context.supplies

    def task(self, name: str) -> Task:
        """Return a task of the run."""
        return self.bench.experiment.tasks[name]

    def count(self, task: str, split: str) -> int:
        """Count the examples of a task in a split."""
        return len(self.bench.experiment.examples(self.task(task), split))

    def has_diverged(self, source: str) -> bool:
        """Tell whether the training of a source diverged."""
        return bool(self.supplies.facts(source).get("diverged"))

    def encodings(self, source: str, identity: str, task: Task) -> Encodings:
        """Return the encodings of a source, of the images that `task` takes in."""
        return self._cache.encodings(self.sources[source], identity, task)

    def _weights_of(self, source: str) -> dict[str, np.ndarray]:
        """Return the weights of a source; the last few are kept."""
        if source not in self._weights:
            self._weights[source] = self.supplies.weights(source)
            while len(self._weights) > KEPT_SOURCES:
                self._weights.popitem(last=False)
        return self._weights[source]

    def perform(self, job: Job) -> Result:
        """Do one job, and those beside it; add to what it made who made it, and how long that took."""
        start = time.monotonic()
        result = job.perform(self)
        seconds = (time.monotonic() - start) / len(job.parts)
        identities: dict[CellKey, str] = {key: part.identity for part in job.parts for key in part.cells}
        for cell in result.cells:
            cell.facts.update(
                identity=identities[cell.key], seconds=seconds, seed=self.context.config.seed
            )  # fmt: skip
        if result.source:
            result.source.facts.update(identity=job.identity, seconds=seconds)
        return result


def _with_folders(config: Config, supplies: Supplies) -> Config:
    """Return the configuration with the user's folders where they are on this machine."""

    def moved(folders: list[Path]) -> dict[str, list[Path]]:
        return {"folders": folders}

    return config.model_copy(
        update={
            "tasks": config.tasks.model_copy(update=moved(supplies.folders(TASKS))),
            "sources": config.sources.model_copy(update=moved(supplies.folders(SOURCES))),
        }
    )
