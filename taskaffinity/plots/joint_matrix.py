"""Single networks against joint ones: the change of each task's loss in each group, as a matrix."""

from dataclasses import dataclass
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from taskaffinity.plots.drawing import colour_ticks, new_figure, style
from taskaffinity.plots.labels import Labels, by_group, label_of
from taskaffinity.plots.palette import MISSING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST = 32  # characters of a name
PALE = 0.6  # share of the largest change from which colours are dark


@dataclass(frozen=True)
class JointMatrixInfo:
    """Changes of losses against single networks.

    Attributes
    ----------
    tasks
        Names of the T rows.
    columns
        What the tasks were trained with: a partner for pairs, the name of the network for other groups; C.
    change
        float (T, C), of the loss, relative; below 0 is better; NaN where not measured.
    is_clear
        bool (T, C), whether the interval excludes 0.
    """

    tasks: list[str]
    columns: list[str]
    change: np.ndarray
    is_clear: np.ndarray


def joint_matrix_info(changes: pd.DataFrame, labels: Labels) -> JointMatrixInfo:
    """Lay out changes against single networks.

    Of several networks of one pair the mean is shown, and a change is clear if it is in all of them.

    Parameters
    ----------
    changes
        The columns of ``joint.csv``.
    labels
        How tasks are shown.
    """
    single = changes[changes["against"] == "self"]
    groups = single.groupby("source")["target"].agg(list)
    several = single[single["source"].isin([name for name, targets in groups.items() if len(targets) > 1])]
    if several.empty:
        several = single
    pairs = zip(several["source"], several["target"], strict=True)
    column = [_beside(str(source), str(target), groups) for source, target in pairs]
    clear = (several["low"] > 0) | (several["high"] < 0)
    frame = several.assign(column=column, clear=clear)
    tasks = by_group(frame["target"].unique(), labels)
    partners = by_group([name for name in tasks if name in set(column)], labels)
    columns = [*partners, *sorted(set(column) - set(partners))]
    change = frame.pivot_table(index="target", columns="column", values="change", dropna=False)
    clear_in_all = frame.astype({"clear": float}).pivot_table(
        index="target", columns="column", values="clear", aggfunc="min", dropna=False
    )
    return JointMatrixInfo(
        tasks, columns, change.reindex(index=tasks, columns=columns).to_numpy(float),
        clear_in_all.reindex(index=tasks, columns=columns).to_numpy(float) == 1,
    )  # fmt: skip


def _beside(source: str, target: str, groups: "pd.Series[list[str]]") -> str:
    """Name what a target was trained with in a network."""
    others = [name for name in groups[source] if name != target]
    return others[0] if len(others) == 1 else source


def plot_joint_matrix(info: JointMatrixInfo, labels: Labels) -> "Figure":
    """Draw it: blue where training together helps, red where it harms, a dot where it is clear."""
    import matplotlib as mpl

    rows, columns = info.change.shape
    with style():
        figure = new_figure(3.4 + 0.7 * columns, 2.2 + 0.4 * rows)
        axes = figure.subplots()
        finite = np.abs(info.change[np.isfinite(info.change)])
        most = float(finite.max()) if finite.size else 1.0
        colours = mpl.colormaps["RdBu_r"].with_extremes(bad=MISSING)
        image = axes.imshow(100 * info.change, cmap=colours, vmin=-100 * most, vmax=100 * most, aspect="auto")
        for row, column in np.argwhere(np.isfinite(info.change)):
            mark = " •" if info.is_clear[row, column] else ""
            ink = "white" if abs(info.change[row, column]) > PALE * most else "black"
            shown = f"{100 * info.change[row, column]:+.1f}{mark}"
            axes.text(column, row, shown, ha="center", va="center", color=ink)
        rows_shown = [label_of(name, labels) for name in info.tasks]
        beside = [label_of(name, labels) for name in info.columns]
        axes.set_yticks(range(rows), [label.title for label in rows_shown])
        axes.set_xticks(
            range(columns),
            [shorten(label.title, LONGEST, placeholder="…") for label in beside],
            rotation=45,
            ha="right",
        )
        colour_ticks(axes.get_yticklabels(), [label.colour for label in rows_shown])
        colour_ticks(axes.get_xticklabels(), [label.colour for label in beside])
        axes.set_xlabel("trained with")
        axes.tick_params(length=0)
        axes.set_title("Change of the loss against the single network, %")
        figure.colorbar(image, ax=axes, label="lower is better", shrink=0.8, pad=0.02)
    return figure
