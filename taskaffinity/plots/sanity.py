"""Sanity: how often a task's own network beats the best constant guess, and readouts on random features."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskaffinity.plots.drawing import colour_ticks, new_figure, style
from taskaffinity.plots.labels import Labels, by_group, label_of
from taskaffinity.plots.palette import GAIN, QUALITY
from taskaffinity.runs.records import SanityRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class SanityInfo:
    """Win rates of each target's own network, in [0, 1]; NaN where there was nothing to compare with."""

    targets: list[str]
    constant: np.ndarray
    random: np.ndarray
    mean_constant: float
    mean_random: float


def sanity_info(sanity: SanityRecord, labels: Labels) -> SanityInfo:
    """Lay out win rates; targets are sorted by group."""
    rows = {row.target: row for row in sanity.targets}
    targets = by_group(rows, labels)

    def column(name: str) -> np.ndarray:
        return np.array([_number(getattr(rows[target], name)) for target in targets], float)

    return SanityInfo(
        targets,
        column("constant"),
        column("random"),
        _number(sanity.mean.constant),
        _number(sanity.mean.random),
    )


def plot_sanity(info: SanityInfo, labels: Labels) -> "Figure":
    """Draw two dots a target; a rate of 50 % would mean that nothing was learned."""
    with style():
        figure = new_figure(6.4, 1.4 + 0.26 * len(info.targets))
        axes = figure.subplots()
        rows = np.arange(len(info.targets))
        axes.axvline(50, color="#555", linewidth=0.8, linestyle=":")
        axes.scatter(
            100 * info.constant,
            rows,
            color=GAIN,
            marker="o",
            label=_mean("constant guess", info.mean_constant),
        )
        axes.scatter(
            100 * info.random,
            rows,
            color=QUALITY,
            marker="D",
            s=24,
            label=_mean("random features", info.mean_random),
        )
        shown = [label_of(target, labels) for target in info.targets]
        axes.set_yticks(rows, [label.title for label in shown])
        colour_ticks(axes.get_yticklabels(), [label.colour for label in shown])
        axes.invert_yaxis()
        axes.set_xlim(-2, 102)
        axes.set_xlabel("test images on which the own network has the smaller loss, %")
        axes.grid(axis="x")
        axes.set_title("Sanity: own network against")
        figure.legend(loc="outside lower center", ncols=2)
    return figure


def _mean(name: str, value: float) -> str:
    return name if np.isnan(value) else f"{name} (mean {100 * value:.1f} %)"


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
