"""What is recorded of a training, beside its losses and weights."""

import numpy as np
from torch import nn

from taskaffinity.engine.result import Cell
from taskaffinity.training.loop import Fit


def facts_of(course: Fit) -> dict[str, object]:
    """Return what is recorded of a training."""
    return {
        "diverged": course.diverged,
        "validation": course.best if np.isfinite(course.best) else None,
        "course": [loss if np.isfinite(loss) else None for loss in course.validation],
    }


def mark(cell: Cell, facts: dict[str, object]) -> Cell:
    """Mark a cell; a diverged one loses to everything."""
    diverged = bool(facts["diverged"]) or bool(np.isinf(cell.losses).any())
    if diverged:
        cell.losses[~np.isnan(cell.losses)] = np.inf
    cell.facts.update({k: v for k, v in facts.items() if k != "course"}, diverged=diverged)
    return cell


def weights_of(network: nn.Module) -> dict[str, np.ndarray]:
    """Copy a network's parameters and buffers to arrays."""
    return {
        name: value.detach().cpu().contiguous().numpy().copy() for name, value in network.state_dict().items()
    }
