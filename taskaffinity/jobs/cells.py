"""Cells of what could not be measured."""

import numpy as np

from taskaffinity.engine.result import Cell
from taskaffinity.jobs.worker import Worker
from taskaffinity.tasks import Task
from taskaffinity.training.facts import mark


def diverged_cell(worker: Worker, target: Task, sources: tuple[str, ...]) -> Cell:
    """Record what comes from a source that diverged; it loses to all others."""
    test = worker.bench.examples(target, "test")
    labelled = test.truth().has_label.numpy()
    losses = np.where(labelled, np.inf, np.nan).astype(np.float32)
    cell = Cell(target.name, sources, test.ids, losses, np.zeros(0, np.int64), np.zeros(0, np.float32), {})
    return mark(cell, {"diverged": True, "validation": None})
