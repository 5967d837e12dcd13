"""Gain and quality against the budget of computation, with what random policies of the same budget reach."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskaffinity.analysis.plan.options import write_compute
from taskaffinity.plots.drawing import new_figure, style
from taskaffinity.plots.palette import GAIN, QUALITY, RANDOM_BAND
from taskaffinity.runs.records import ComputationRecord, PlanRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ComputationCurve:
    """What budgets of computation buy.

    Attributes
    ----------
    budgets
        float (B,), multiply-adds an image, ascending.
    encoders
        int (B,), how many encoders the plan runs.
    gain, quality
        float (B,), means over the targets in [0, 1]; NaN where unknown.
    random_gain, random_quality
        float (B, 3): the 5th, 50th and 95th percentile of random policies; NaN where none were drawn.
    """

    budgets: np.ndarray
    encoders: np.ndarray
    gain: np.ndarray
    quality: np.ndarray
    random_gain: np.ndarray
    random_quality: np.ndarray


def computation_curve_info(record: ComputationRecord) -> ComputationCurve:
    """Gather the plans of a record; those without a budget in numbers are left out."""
    plans = [plan for plan in record.curve if isinstance(plan.compute, int | float)]
    return ComputationCurve(
        budgets=np.array([plan.compute for plan in plans], float),
        encoders=np.array([len(plan.sources) for plan in plans], int),
        gain=np.array([_number(plan.mean_gain) for plan in plans]),
        quality=np.array([_number(plan.mean_quality) for plan in plans]),
        random_gain=_percentiles(plans, "gain"),
        random_quality=_percentiles(plans, "quality"),
    )


def _percentiles(plans: list[PlanRecord], name: str) -> np.ndarray:
    rows = [[_number(value) for value in plan.percentiles(name)] for plan in plans]
    return np.array(rows, float).reshape(-1, 3)


def plot_computation_curve(info: ComputationCurve) -> "Figure":
    """Draw gain beside quality; the number at a point is how many encoders run."""
    with style():
        figure = new_figure(9.6, 3.8)
        left, right = figure.subplots(1, 2)
        _draw(left, info, info.gain, info.random_gain, GAIN)
        _draw(right, info, info.quality, info.random_quality, QUALITY)
        left.set_ylabel("mean over targets, % of test images")
        left.set_title("Gain (against from scratch)")
        right.set_title("Quality (against own network)")
    return figure


def _draw(axes: "Axes", info: ComputationCurve, values: np.ndarray, random: np.ndarray, colour: str) -> None:
    from matplotlib.ticker import NullFormatter

    if np.isfinite(random).any():
        low, middle, high = 100 * random.T
        axes.fill_between(info.budgets, low, high, color=RANDOM_BAND, alpha=0.25, linewidth=0)
        axes.plot(info.budgets, middle, color=RANDOM_BAND, linestyle="--", label="random policies, 5–95 %")
    axes.plot(info.budgets, 100 * values, color=colour, marker="o", markersize=4, label="best plan")
    for budget, value, count in zip(info.budgets, 100 * values, info.encoders, strict=True):
        axes.annotate(str(count), (budget, value), xytext=(0, 5), textcoords="offset points", ha="center")
    axes.set_xscale("log")
    axes.set_xticks(info.budgets, [write_compute(budget) for budget in info.budgets], rotation=45)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("multiply-adds an image, at most; numbers are encoders")
    axes.grid(axis="y")
    axes.legend(loc="upper left")


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
