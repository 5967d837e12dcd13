"""How the labels and predictions of a task are painted: decided once where the task is known, then a record.

All pictures of one task share the scale of its truth, so that a wrong prediction looks wrong.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from taskaffinity.outputs import Dense, Embedding, Output, PixelClasses, Vector
from taskaffinity.plots.paint import Painting
from taskaffinity.tasks import Task

POSE_DIMENSIONS = 6  # rotation vector and translation
PAIRS = ("fixated", "nonfixated")  # groupings whose vectors of that length are the pose between two views


def painting_of(
    task: Task, output: Output, value: np.ndarray, valid: np.ndarray, classes: Sequence[str] | None = None
) -> Painting:
    """Choose how a task is painted.

    Parameters
    ----------
    task
        The task.
    output
        Its output, with the number of classes that the data has.
    value, valid
        The labels of all images shown, with the batch axis first; see `taskaffinity.tasks.Label`.
    classes
        Names of classes, where the output is one of `Classes`.
    """
    match output:
        case Dense():
            return _dense(task, output, value, valid)
        case PixelClasses():
            return Painting(kind="segments")
        case Embedding():
            return Painting(kind="embedding")
        case Vector():
            return _vector(task, output, value)
    return Painting(kind="classes", names=tuple(classes or ()))


def _dense(task: Task, output: Dense, value: np.ndarray, valid: np.ndarray) -> Painting:
    if output.channels == 1:
        low, high = value_range(value, valid, 1)
        colours = "viridis" if task.name.startswith("depth") else "gray"
        return Painting(kind="map", low=low, high=high, colours=colours)
    if task.target == "rgb":
        return Painting(kind="rgb")
    if task.target == "normal":
        return Painting(kind="signed", high=1.0)
    return Painting(kind="signed", high=max(abs(edge) for edge in value_range(value, valid, 2)))


def _vector(task: Task, output: Vector, value: np.ndarray) -> Painting:
    if task.grouping in PAIRS and output.dimensions == POSE_DIMENSIONS:
        return Painting(kind="pose", high=_largest(value[:, 3:], 1e-3))
    return Painting(kind="vector", high=_largest(value, 1e-6))


def _largest(values: np.ndarray, least: float) -> float:
    return float(np.abs(np.nan_to_num(values)).max(initial=least))


def value_range(value: np.ndarray, valid: np.ndarray, tail: float) -> tuple[float, float]:
    """Return the `tail`-th percentile of valid values and the one as far from the top."""
    known: Any = value[np.broadcast_to(valid, value.shape)]
    known = known[np.isfinite(known)]
    low, high = np.percentile(known, [tail, 100 - tail]) if known.size else (0.0, 1.0)
    return float(low), float(max(high, low + 1e-6))
