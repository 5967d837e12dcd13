"""Methods of adaptation between source only and train on target, for every pair of domains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskaffinity.plots.drawing import new_figure, style
from taskaffinity.runs.domains import AdaptationRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#767676", "#0072b2", "#009e73", "#d55e00", "#cc79a7", "#111111")
MARKERS = "sovD^P"
SPREAD = 0.6  # of the height of a row that its methods take


@dataclass(frozen=True)
class DomainsInfo:
    """What is drawn of one measure: a row a task and pair of domains, a mark a method.

    Attributes
    ----------
    metric
        ``accuracy`` or ``loss``.
    rows
        Names of the R rows.
    methods
        Names of the M methods.
    value, low, high
        float (R, M); NaN where not measured.
    """

    metric: str
    rows: list[str]
    methods: list[str]
    value: np.ndarray
    low: np.ndarray
    high: np.ndarray


def domains_info(rows: Sequence[AdaptationRow]) -> list[DomainsInfo]:
    """Lay out the rows of ``domains.csv``, one record a metric."""
    return [_info(m, [r for r in rows if r.metric == m]) for m in dict.fromkeys(r.metric for r in rows)]


def _info(metric: str, rows: Sequence[AdaptationRow]) -> DomainsInfo:
    names = list(dict.fromkeys(map(_name, rows)))
    methods = list(dict.fromkeys(row.method for row in rows))
    value, low, high = np.full((3, len(names), len(methods)), np.nan)
    for row in rows:
        place = names.index(_name(row)), methods.index(row.method)
        value[place], low[place], high[place] = row.value, row.low, row.high
    return DomainsInfo(metric, names, methods, value, low, high)


def _name(row: AdaptationRow) -> str:
    return f"{row.task}, {row.source_domain} to {row.target_domain}"


def plot_domains(infos: Sequence[DomainsInfo], titles: Sequence[str]) -> "Figure":
    """Draw every metric below the other.

    Parameters
    ----------
    infos
        What is drawn.
    titles
        Of the methods of all metrics together, in the order in which they first come.
    """
    methods = list(dict.fromkeys(method for info in infos for method in info.methods))
    heights = [max(1, len(info.rows)) for info in infos]
    with style():
        figure = new_figure(8.0, 1.4 + 0.45 * sum(heights) + 0.4 * len(infos))
        grid = figure.subplots(len(infos), 1, squeeze=False, height_ratios=heights)
        for info, axes in zip(infos, grid[:, 0], strict=True):
            _draw(axes, info, methods, titles)
        handles, labels = grid[0, 0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(3, len(methods)), fontsize=8)
        figure.suptitle("From one domain to another", x=0.01, ha="left", fontweight="bold")
    return figure


def _draw(axes: "Axes", info: DomainsInfo, methods: Sequence[str], titles: Sequence[str]) -> None:
    rows = np.arange(len(info.rows))
    for number, method in enumerate(methods):
        column = info.methods.index(method) if method in info.methods else None
        offset = SPREAD * ((number + 0.5) / len(methods) - 0.5)
        empty = np.full(len(rows), np.nan)
        value, low, high = (
            empty if column is None else values[:, column] for values in (info.value, info.low, info.high)
        )
        axes.errorbar(
            value, rows + offset, xerr=np.abs([value - low, high - value]),
            fmt=MARKERS[number % len(MARKERS)], color=COLOURS[number % len(COLOURS)], label=titles[number],
            markersize=5, linewidth=1,
        )  # fmt: skip
    axes.set_yticks(rows, info.rows)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    better = "higher" if info.metric == "accuracy" else "lower"
    axes.set_xlabel(f"{info.metric} in the second domain ({better} is better)")
    axes.grid(axis="x")
