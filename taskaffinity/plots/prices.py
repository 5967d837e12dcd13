"""What the labels of each task are worth to a plan, those that it buys and those that it does not."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskaffinity.plots.drawing import colour_ticks, new_figure, style
from taskaffinity.plots.labels import Labels, label_of
from taskaffinity.plots.palette import GAIN, QUALITY
from taskaffinity.runs.insights import PricesRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class PricesInfo:
    """Tasks whose labels are worth anything, the highest first.

    Attributes
    ----------
    tasks
        Names.
    worth
        In the unit of the objective, at least 0.
    is_bought
        Whether the plan buys all or part of their labels.
    budget, objective
        Of the plan.
    label_next
        The task to label next; None for none.
    """

    tasks: list[str]
    worth: np.ndarray
    is_bought: np.ndarray
    budget: float
    objective: float
    label_next: str | None


def prices_info(prices: PricesRecord) -> PricesInfo:
    """Lay out what labels are worth."""
    rows = [price for price in prices.ranked if price.worth or price.bought]
    return PricesInfo(
        [price.task for price in rows],
        np.array([price.worth or 0.0 for price in rows], float),
        np.array([price.bought > 0 for price in rows], bool),
        prices.budget,
        prices.objective,
        prices.label_next,
    )


def plot_prices(info: PricesInfo, labels: Labels) -> "Figure":
    """Draw a bar for each task, and mark the one to label next."""
    with style():
        figure = new_figure(6.4, 1.4 + 0.26 * max(1, len(info.tasks)))
        axes = figure.subplots()
        rows = np.arange(len(info.tasks))
        for is_bought, colour, name in ((True, GAIN, "bought"), (False, QUALITY, "not bought")):
            some = info.is_bought == is_bought
            axes.barh(rows[some], info.worth[some], color=colour, label=name, height=0.7)
        shown = [label_of(task, labels) for task in info.tasks]
        titles = [
            f"{label.title} (next)" if task == info.label_next else label.title
            for task, label in zip(info.tasks, shown, strict=True)
        ]
        axes.set_yticks(rows, titles)
        colour_ticks(axes.get_yticklabels(), [label.colour for label in shown])
        axes.invert_yaxis()
        axes.set_xlabel(f"worth to the plan, of an objective of {info.objective:.3g}")
        axes.grid(axis="x")
        axes.set_title(f"What labels are worth at a budget of {info.budget:g}")
        figure.legend(loc="outside lower center", ncols=2)
    return figure
