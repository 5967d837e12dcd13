"""How the labels and predictions of a task are painted: decided once where the task is known, then a record.

All pictures of one task share the scale of its truth, so that a wrong prediction looks wrong.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from taskaffinity.outputs import Output
from taskaffinity.plots.paint import Painting
from taskaffinity.tasks import Task


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
    return output.painting(task, value, valid, classes or ())


def value_range(value: np.ndarray, valid: np.ndarray, tail: float) -> tuple[float, float]:
    """Return the `tail`-th percentile of valid values and the one as far from the top."""
    known: Any = value[np.broadcast_to(valid, value.shape)]
    known = known[np.isfinite(known)]
    low, high = np.percentile(known, [tail, 100 - tail]) if known.size else (0.0, 1.0)
    return float(low), float(max(high, low + 1e-6))
