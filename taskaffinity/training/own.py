"""A task's own network: trained on the source split, and from scratch on the transfer split."""

from collections.abc import Mapping

import numpy as np
import torch

from taskaffinity.config import ScratchSettings, SourceSettings
from taskaffinity.engine.result import Cell, Result, TrainedSource
from taskaffinity.models.weights import load_initial
from taskaffinity.names import SCRATCH, SELF
from taskaffinity.tasks import Task
from taskaffinity.training.bench import EVALUATION_BATCH, Bench
from taskaffinity.training.examples import chunks
from taskaffinity.training.facts import facts_of, mark, weights_of
from taskaffinity.training.loop import autocast


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


@torch.inference_mode()
def own_probabilities(
    bench: Bench, task: Task, weights: Mapping[str, np.ndarray], precision: str, rows: np.ndarray
) -> np.ndarray:
    """Predict the classes of a task by its own network.

    Parameters
    ----------
    bench
        Where it runs.
    task
        A task of classes, of single images.
    weights
        Recorded weights of its network.
    precision
        ``auto``, ``bf16`` or ``fp32``.
    rows
        int64 (N,), rows of the data set.

    Returns
    -------
    ndarray
        float64 (N, classes); rows sum to 1.
    """
    network = bench.recorded_network(task, weights)
    parts = []
    for index in chunks(len(rows), EVALUATION_BATCH):
        images = torch.from_numpy(bench.experiment.data.read(rows[index], ["rgb"])["rgb"])
        with autocast(precision, bench.device):
            logits = network.predict(bench.to_device([images]))
        parts.append(logits.double().softmax(1).cpu())
    return torch.cat(parts).numpy()


def train_scratch(bench: Bench, task: Task, settings: ScratchSettings) -> Cell:
    """Train the same network on the transfer split alone: the reference of gain."""
    bench.seed("weights", task.name, "scratch")
    network = bench.network(task)
    course = bench.train_own(task, network, "transfer", settings)
    return mark(bench.own_cell(task, network, SCRATCH, settings.precision), facts_of(course))
