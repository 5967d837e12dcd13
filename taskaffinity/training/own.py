"""A task's own network: trained on the source split, and from scratch on the transfer split."""

from collections.abc import Mapping

import numpy as np

from taskaffinity.config import ScratchSettings, SourceSettings
from taskaffinity.engine.result import Cell, Result, TrainedSource
from taskaffinity.models.weights import load_initial
from taskaffinity.names import SCRATCH, SELF
from taskaffinity.tasks import Task
from taskaffinity.training.bench import Bench
from taskaffinity.training.facts import facts_of, mark, weights_of


def train_source(
    bench: Bench, task: Task, settings: SourceSettings, initial: Mapping[str, np.ndarray] | None = None
) -> Result:
    """Train a task's own network on the source split; its test losses are the cell ``self``.

    Parameters
    ----------
    bench
        Where it runs.
    task
        The task.
    settings
        How it is trained.
    initial
        What the encoder starts from, by parameter name; what is not there is drawn.
    """
    bench.seed("weights", task.name, "source")
    network = bench.network(task)
    load_initial(network.encoder, initial or {})
    course = bench.train_own(task, network, "source", settings)
    facts = {**facts_of(course), "examples": len(bench.examples(task, "source"))}
    cells = []
    if "target" in task.roles:
        cells.append(mark(bench.own_cell(task, network, SELF, settings.precision), facts))
    return Result(TrainedSource(task.name, weights_of(network), facts), cells)


def train_scratch(bench: Bench, task: Task, settings: ScratchSettings) -> Cell:
    """Train the same network on the transfer split alone: the reference of gain."""
    bench.seed("weights", task.name, "scratch")
    network = bench.network(task)
    course = bench.train_own(task, network, "transfer", settings)
    return mark(bench.own_cell(task, network, SCRATCH, settings.precision), facts_of(course))
