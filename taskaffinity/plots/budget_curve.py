"""Gain and quality against the supervision budget, with what random policies of the same budget reach."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskaffinity.plots.drawing import new_figure, style
from taskaffinity.plots.palette import GAIN, QUALITY, RANDOM_BAND
from taskaffinity.runs.records import PlanRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKS = "os^Dv"


@dataclass(frozen=True)
class CurveLine:
    """One order's curve.

    Attributes
    ----------
    order
        Sources a target may have at most.
    budgets
        float (B,), ascending.
    gain, quality
        float (B,), means over the targets in [0, 1].
    random_gain, random_quality
        float (B, 3): the 5th, 50th and 95th percentile of random policies; NaN where none were drawn.
    """

    order: int
    budgets: np.ndarray
    gain: np.ndarray
    quality: np.ndarray
    random_gain: np.ndarray
    random_quality: np.ndarray


def budget_curve_info(plans: Iterable[PlanRecord]) -> list[CurveLine]:
    """Gather plans by order, budgets ascending."""
    records = sorted(plans, key=lambda record: record.key)
    orders = sorted({record.order for record in records})
    return [_line(order, [record for record in records if record.order == order]) for order in orders]


def _line(order: int, records: list[PlanRecord]) -> CurveLine:
    def column(name: str) -> np.ndarray:
        return np.array([_number(getattr(record, name)) for record in records])

    def random(name: str) -> np.ndarray:
        return np.array([[_number(value) for value in record.percentiles(name)] for record in records])

    budgets = np.array([record.budget for record in records], float)
    return CurveLine(
        order, budgets, column("mean_gain"), column("mean_quality"), random("gain"), random("quality")
    )


def plot_budget_curve(info: list[CurveLine]) -> "Figure":
    """Draw gain above quality, a line an order; the band is that of the first order drawn."""
    with style():
        figure = new_figure(9.6, 3.8)
        left, right = figure.subplots(1, 2)
        for axes, name, colour in ((left, "gain", GAIN), (right, "quality", QUALITY)):
            _draw(axes, info, name, colour)
        left.set_ylabel("mean over targets, % of test images")
        left.set_title("Gain (against from scratch)")
        right.set_title("Quality (against own network)")
    return figure


def _draw(axes: "Axes", info: list[CurveLine], name: str, colour: str) -> None:
    from matplotlib.ticker import MaxNLocator

    for line, mark in zip(info, MARKS, strict=False):
        value, random = getattr(line, name), getattr(line, f"random_{name}")
        if line is info[0] and np.isfinite(random).any():
            low, middle, high = 100 * random.T
            axes.fill_between(line.budgets, low, high, color=RANDOM_BAND, alpha=0.25, linewidth=0)
            axes.plot(
                line.budgets, middle, color=RANDOM_BAND, linestyle="--", label="random policies, 5–95 %"
            )
        style_of = "-" if line is info[0] else ":"
        axes.plot(
            line.budgets, 100 * value, color=colour, linestyle=style_of, marker=mark, markersize=4,
            label="one source a target" if line.order == 1 else f"up to {line.order} sources",
        )  # fmt: skip
    axes.set_xlabel("supervision budget")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="y")
    axes.legend(loc="lower right")


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
