"""The task tree: tasks that transfer in a similar way are close together."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskaffinity.plots.drawing import colour_ticks, group_legend, new_figure, style
from taskaffinity.plots.labels import Labels, by_group, label_of
from taskaffinity.plots.palette import GROUPS
from taskaffinity.runs.records import TreeRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class TreeInfo:
    """A dendrogram.

    Attributes
    ----------
    leaves
        Names of tasks, in the order in which they stand; leaf i is at position i.
    branches
        One per join: four points (position, distance), from one child up, across, and down to the other.
    clusters
        The tree cut into clusters, each a list of names.
    """

    leaves: list[str]
    branches: list[list[tuple[float, float]]]
    clusters: list[list[str]]


def task_tree_info(tree: TreeRecord) -> TreeInfo:
    """Lay out a tree: its leaves are the names that rows of its linkage count."""
    import numpy as np
    from scipy.cluster.hierarchy import dendrogram

    names, clusters = list(tree.leaves), [list(cluster) for cluster in tree.clusters]
    linkage = np.asarray(tree.linkage, float).reshape(-1, 4)
    if len(linkage) != len(names) - 1 or not len(linkage):
        return TreeInfo(names, [], clusters)
    drawn = dendrogram(linkage, no_plot=True, labels=names)
    branches = [
        [((x - 5) / 10, float(y)) for x, y in zip(xs, ys, strict=True)]
        for xs, ys in zip(drawn["icoord"], drawn["dcoord"], strict=True)
    ]
    return TreeInfo(list(drawn["ivl"]), branches, clusters)


def plot_task_tree(info: TreeInfo, labels: Labels) -> "Figure":
    """Draw it with the root at the left; clusters are set off by a rule."""
    with style():
        figure = new_figure(7.2, 1.2 + 0.25 * len(info.leaves))
        axes = figure.subplots()
        for branch in info.branches:
            axes.plot([y for _, y in branch], [x for x, _ in branch], color="#444", linewidth=1.1)
        shown = [label_of(name, labels) for name in info.leaves]
        axes.yaxis.tick_right()
        axes.set_yticks(range(len(shown)), [label.title for label in shown])
        colour_ticks(axes.get_yticklabels(), [label.colour for label in shown])
        for position in breaks(info):
            axes.axhline(position, color="#b9bec7", linewidth=0.8, linestyle="--")
        axes.invert_xaxis()
        axes.invert_yaxis()
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel("distance at which tasks join")
        axes.set_title(f"Task tree, {len(info.clusters)} clusters")
        groups = {label.group for label in shown}
        group_legend(figure, [g for g in GROUPS if g in groups])
    return figure


def breaks(info: TreeInfo) -> list[float]:
    """Return the positions between neighbouring leaves of different clusters."""
    member = {name: index for index, cluster in enumerate(info.clusters) for name in cluster}
    pairs = zip(info.leaves, info.leaves[1:], strict=False)
    return [i + 0.5 for i, (a, b) in enumerate(pairs) if member.get(a) != member.get(b)]


def cluster_of(info: TreeInfo, name: str, labels: Labels) -> list[str]:
    """Return the cluster a task is in, sorted by group; only itself where it is in none."""
    found = next((cluster for cluster in info.clusters if name in cluster), [name])
    return by_group(found, labels)
