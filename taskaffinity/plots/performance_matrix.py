"""The performance matrix: the mean test loss of each transfer, before any normalisation."""

from typing import TYPE_CHECKING

import pandas as pd

from taskaffinity.plots.labels import Labels
from taskaffinity.plots.matrix import MatrixInfo, draw_matrix, matrix_info

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def performance_matrix_info(performance: pd.DataFrame, labels: Labels) -> MatrixInfo:
    """Lay out first-order mean losses by group; columns ``target``, ``sources``, ``loss``."""
    return matrix_info(performance, "loss", labels)


def plot_performance_matrix(info: MatrixInfo, labels: Labels) -> "Figure":
    """Draw it. Each column has its own unit, so columns cannot be compared; AHP makes them comparable."""
    bar = "loss in the target's unit, log₁₀ (lower is better)"
    return draw_matrix(info, labels, "Mean test losses (before AHP)", bar, is_loss=True)
