"""Gain and quality of each target under one taxonomy."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from taskaffinity.plots.drawing import colour_ticks, new_figure, style
from taskaffinity.plots.labels import Labels, by_group, label_of, title_of
from taskaffinity.plots.palette import GAIN, QUALITY
from taskaffinity.runs.records import EdgeRecord, PlanRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class GainQualityInfo:
    """Win rates of the chosen transfers.

    Attributes
    ----------
    budget
        The supervision budget of the taxonomy.
    targets
        Names of targets, T of them, by group.
    sources
        The source set each learns from; the target itself where it is bought.
    gain, quality
        float (T, 3): the rate in [0, 1] and the bounds of its 95 % interval; NaN where there is none.
    """

    budget: float
    targets: list[str]
    sources: list[str]
    gain: np.ndarray
    quality: np.ndarray


def gain_quality_info(plan: PlanRecord, transfers: pd.DataFrame, labels: Labels) -> GainQualityInfo:
    """Join a plan with the intervals of its transfers.

    Parameters
    ----------
    plan
        What is bought, and what each target takes.
    transfers
        Columns ``target``, ``sources``, ``gain_low``, ``gain_high``, ``quality_low``, ``quality_high``.
    labels
        How tasks are shown.
    """
    chosen = {edge.target: edge for edge in plan.transfers}
    targets = by_group(chosen, labels)
    intervals = transfers.set_index(["target", "sources"])

    def rates(name: str) -> np.ndarray:
        return np.array([_rate(chosen[target], intervals, name) for target in targets], float).reshape(-1, 3)

    sources = ["+".join(chosen[target].sources) for target in targets]
    return GainQualityInfo(plan.spent, targets, sources, rates("gain"), rates("quality"))


def row_of(edge: EdgeRecord) -> tuple[str, str]:
    """Return the row of the tables that an edge stands for: ``self`` where the target is bought."""
    sources = "+".join(edge.sources)
    return edge.target, "self" if sources == edge.target else sources


def _rate(edge: EdgeRecord, intervals: pd.DataFrame, name: str) -> tuple[float, float, float]:
    value = getattr(edge, name)
    row = row_of(edge)
    low, high = (float(intervals[f"{name}_{end}"].get(row, np.nan)) for end in ("low", "high"))
    return (np.nan if value is None else float(value)), low, high


def plot_gain_quality(info: GainQualityInfo, labels: Labels) -> "Figure":
    """Draw gain and quality side by side, a row a target."""
    with style():
        figure = new_figure(9.6, 1.5 + 0.27 * len(info.targets))
        left, right = figure.subplots(1, 2, sharey=True)
        _draw_rates(left, info.gain, GAIN, "Gain: beats training from scratch, % of images")
        _draw_rates(right, info.quality, QUALITY, "Quality: beats the own network, % of images")
        shown = [label_of(target, labels) for target in info.targets]
        left.set_yticks(range(len(shown)), [label.title for label in shown])
        colour_ticks(left.get_yticklabels(), [label.colour for label in shown])
        left.invert_yaxis()
        for row, (target, sources) in enumerate(zip(info.targets, info.sources, strict=True)):
            said = "supervised" if sources == target else f"← {title_of(sources, labels)}"
            right.annotate(said, (1.02, row), xycoords=("axes fraction", "data"), va="center", fontsize=7.5)
        figure.suptitle(
            f"Gain and quality at a budget of {info.budget}", x=0.01, ha="left", fontweight="bold"
        )
    return figure


def _draw_rates(axes: "Axes", rates: np.ndarray, colour: str, title: str) -> None:
    value, low, high = (100 * rates).T
    rows = np.arange(len(rates))
    axes.axvline(50, color="#555", linewidth=0.8, linestyle=":")
    axes.hlines(
        rows, np.nan_to_num(low, nan=0), np.nan_to_num(high, nan=0), color=colour, linewidth=2.5, alpha=0.45
    )
    axes.scatter(value, rows, color=colour, s=26, zorder=3)
    axes.set_xlim(-2, 102)
    axes.set_xlabel(title)
    axes.grid(axis="x")
