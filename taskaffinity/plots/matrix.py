"""A matrix of sources by targets: its values, its order, and how it is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from taskaffinity.plots.drawing import colour_ticks, new_figure, style
from taskaffinity.plots.labels import Labels, by_group, is_single, label_of
from taskaffinity.plots.palette import MISSING, SEQUENTIAL_NAME

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOWEST_SHARE = 20  # percentile at which colours begin: a few hopeless transfers would take most of them


@dataclass(frozen=True)
class MatrixInfo:
    """First-order transfers as a matrix.

    Attributes
    ----------
    sources, targets
        Names of rows and columns, S and T of them.
    values
        float (S, T), NaN where a transfer was not measured.
    """

    sources: list[str]
    targets: list[str]
    values: np.ndarray

    @property
    def relative(self) -> "MatrixInfo":
        """The same with each column divided by its best (largest) value: what serves a target best is 1."""
        best = np.nanmax(np.where(np.isnan(self.values), -np.inf, self.values), axis=0, initial=1e-300)
        return MatrixInfo(self.sources, self.targets, self.values / best)

    @property
    def logarithms(self) -> np.ndarray:
        """The decimal logarithm of the values, (S, T); NaN where a value is missing or not positive."""
        positive = np.isfinite(self.values) & (self.values > 0)
        return np.log10(np.where(positive, self.values, np.nan))

    def ordered(self, sources: Sequence[str], targets: Sequence[str]) -> "MatrixInfo":
        """Return the same matrix with rows and columns in another order."""
        rows = [self.sources.index(name) for name in sources]
        columns = [self.targets.index(name) for name in targets]
        return MatrixInfo(list(sources), list(targets), self.values[np.ix_(rows, columns)])


def matrix_info(table: pd.DataFrame, value: str, labels: Labels) -> MatrixInfo:
    """Lay the first-order transfers of a table out, sorted by group.

    Parameters
    ----------
    table
        Columns ``target``, ``sources`` and `value`.
    value
        The column to show.
    labels
        How tasks are shown.
    """
    single = np.array([is_single(sources) for sources in table["sources"]], bool)
    wide = table[single].pivot_table(index="sources", columns="target", values=value, dropna=False)
    sources, targets = by_group(wide.index, labels), by_group(wide.columns, labels)
    return MatrixInfo(sources, targets, wide.loc[sources, targets].to_numpy(float))


def clustered(info: MatrixInfo) -> MatrixInfo:
    """Put sources that serve the same targets, and targets that are served by the same sources, side by side.

    Average linkage on the correlation distance of the logarithms, standardised per target, as for the tree.
    """
    logarithms = info.logarithms
    spread = np.nanstd(logarithms, axis=0, keepdims=True)
    standard = (logarithms - np.nanmean(logarithms, axis=0, keepdims=True)) / np.where(spread > 0, spread, 1)
    standard = np.nan_to_num(standard)
    sources = [info.sources[row] for row in leaf_order(standard)]
    targets = [info.targets[column] for column in leaf_order(standard.T)]
    return info.ordered(sources, targets)


def leaf_order(vectors: np.ndarray) -> list[int]:
    """Order vectors (N, D) by average linkage on their correlation distance."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import pdist

    if len(vectors) < 3:
        return list(range(len(vectors)))
    distance = np.nan_to_num(pdist(vectors, "correlation"), nan=1.0)
    return [int(leaf) for leaf in leaves_list(linkage(distance, "average", optimal_ordering=True))]


def draw_matrix(info: MatrixInfo, labels: Labels, title: str, bar: str, is_loss: bool = False) -> "Figure":
    """Draw the logarithms of a matrix, yellow for good; the names have the colours of their groups."""
    import matplotlib as mpl

    rows, columns = info.values.shape
    with style():
        figure = new_figure(2.6 + 0.32 * columns, 1.9 + 0.26 * rows)
        axes = figure.subplots()
        name = f"{SEQUENTIAL_NAME}_r" if is_loss else SEQUENTIAL_NAME
        colours = mpl.colormaps[name].with_extremes(bad=MISSING)
        values = info.logarithms
        finite = values[np.isfinite(values)]
        low, high = (
            np.percentile(finite, [0, 100] if is_loss else [LOWEST_SHARE, 100]) if finite.size else (0.0, 1.0)
        )
        image = axes.imshow(values, cmap=colours, vmin=low, vmax=high, aspect="auto", interpolation="nearest")
        _name_axes(axes, info, labels)
        axes.set_title(title)
        figure.colorbar(image, ax=axes, label=bar, shrink=0.8, pad=0.02)
    return figure


def _name_axes(axes: object, info: MatrixInfo, labels: Labels) -> None:
    from matplotlib.axes import Axes

    assert isinstance(axes, Axes)
    shown_sources = [label_of(name, labels) for name in info.sources]
    shown_targets = [label_of(name, labels) for name in info.targets]
    axes.set_xticks(
        range(len(shown_targets)), [label.title for label in shown_targets], rotation=45, ha="right"
    )
    axes.set_yticks(range(len(shown_sources)), [label.title for label in shown_sources])
    colour_ticks(axes.get_xticklabels(), [label.colour for label in shown_targets])
    colour_ticks(axes.get_yticklabels(), [label.colour for label in shown_sources])
    axes.set_xlabel("target")
    axes.set_ylabel("source")
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
