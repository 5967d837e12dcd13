"""How well estimates rank what was measured, beside both baselines."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskaffinity.plots.drawing import new_figure, style
from taskaffinity.plots.palette import GAIN, QUALITY, RANDOM_BAND
from taskaffinity.runs.estimates import EstimatesRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIDES = ("own", "constant", "size")
DRAWN = {
    "own": ("the estimate", "o", GAIN),
    "constant": ("the constant ranking", "D", QUALITY),
    "size": ("the ranking by size", "|", RANDOM_BAND),
}


@dataclass(frozen=True)
class EstimatesInfo:
    """What is drawn, one row per estimate, the best first.

    Attributes
    ----------
    titles
        Of the E estimates.
    weighted_tau, regret
        float (E, 3): of the estimate, of the constant ranking, and of the ranking by size, each on the pairs
        for which the estimate is defined; NaN where not defined.
    """

    titles: list[str]
    weighted_tau: np.ndarray
    regret: np.ndarray


def estimates_info(record: EstimatesRecord) -> EstimatesInfo:
    """Lay out rankings, by weighted τ; those without one come last."""
    rows = sorted(record.rankings, key=lambda row: (-_number(row.own.weighted_tau, -2), row.title))

    def column(name: str) -> np.ndarray:
        values = [[_number(getattr(getattr(row, side), name)) for side in SIDES] for row in rows]
        return np.array(values, float).reshape(len(rows), len(SIDES))

    return EstimatesInfo([row.title for row in rows], column("weighted_tau"), column("regret"))


def plot_estimates(info: EstimatesInfo) -> "Figure":
    """Draw weighted τ and regret side by side, a row an estimate."""
    with style():
        figure = new_figure(9.0, 1.7 + 0.3 * len(info.titles))
        left, right = figure.subplots(1, 2, sharey=True)
        _draw(left, info.weighted_tau, "weighted τ with what was measured (1 is best)")
        _draw(right, info.regret, "regret of the first choice (0 is best, 1 a blind choice)")
        left.set_yticks(range(len(info.titles)), info.titles)
        left.invert_yaxis()
        left.axvline(0, color="#555", linewidth=0.8, linestyle=":")
        right.axvline(1, color="#555", linewidth=0.8, linestyle=":")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=len(SIDES))
        figure.suptitle("How well estimates rank measured transfers", x=0.01, ha="left", fontweight="bold")
    return figure


def _draw(axes: "Axes", values: np.ndarray, title: str) -> None:
    rows = np.arange(len(values))
    for column, side in enumerate(SIDES):
        name, marker, colour = DRAWN[side]
        size = 90 if marker == "|" else 30
        axes.scatter(values[:, column], rows, color=colour, marker=marker, s=size, label=name, zorder=3)
    axes.set_xlabel(title)
    axes.grid(axis="both")


def _number(value: float | None, missing: float = float("nan")) -> float:
    return missing if value is None else float(value)
