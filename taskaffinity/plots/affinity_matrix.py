"""The affinity matrix: how well each source serves each target, after AHP."""

from typing import TYPE_CHECKING

import pandas as pd

from taskaffinity.plots.labels import Labels
from taskaffinity.plots.matrix import MatrixInfo, clustered, draw_matrix, matrix_info

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def affinity_matrix_info(affinities: pd.DataFrame, labels: Labels) -> MatrixInfo:
    """Lay out first-order affinities, clustered; columns ``target``, ``sources``, ``affinity``."""
    return clustered(matrix_info(affinities, "affinity", labels))


def plot_affinity_matrix(info: MatrixInfo, labels: Labels) -> "Figure":
    """Draw it; colours are relative to the best source of each target."""
    bar = "affinity ÷ the best into the target, log₁₀"
    return draw_matrix(info.relative, labels, "Affinities (after AHP)", bar)
