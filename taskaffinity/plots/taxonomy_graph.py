"""The taxonomy of one budget as a graph: what is supervised at the left, what learns from it at the right."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskaffinity.plots.drawing import new_figure, style
from taskaffinity.plots.labels import Labels, by_group, label_of
from taskaffinity.plots.palette import group_colour
from taskaffinity.runs.records import PlanRecord

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 7.6  # inches


@dataclass(frozen=True)
class Edge:
    """One source of one target; `gain` in [0, 1], `share` of bootstrap resamples that have it, or None."""

    source: str
    target: str
    gain: float | None
    share: float | None


@dataclass(frozen=True)
class TaxonomyInfo:
    """A taxonomy.

    Attributes
    ----------
    budget, order
        What it was solved for.
    supervised
        Names of the sources that are bought.
    learning
        Names of the targets that learn from them; each stands near its sources.
    edges
        Which target learns from which source.
    """

    budget: float
    order: int
    supervised: list[str]
    learning: list[str]
    edges: list[Edge]


def taxonomy_graph_info(plan: PlanRecord, labels: Labels) -> TaxonomyInfo:
    """Lay out a plan: what is bought, and who learns from it."""
    supervised = by_group(plan.sources, labels)
    edges = [
        Edge(source, transfer.target, transfer.gain, transfer.share)
        for transfer in plan.transfers
        for source in transfer.sources
        if source != transfer.target
    ]
    learning = by_group({edge.target for edge in edges}, labels)
    place = {name: row for row, name in enumerate(supervised)}

    def height(target: str) -> float:
        rows = [place.get(edge.source, 0) for edge in edges if edge.target == target]
        return sum(rows) / len(rows)

    learning.sort(key=height)
    return TaxonomyInfo(plan.spent, plan.order, supervised, learning, edges)


def plot_taxonomy_graph(info: TaxonomyInfo, labels: Labels) -> "Figure":
    """Draw it; thick edges gain much, dashed ones are in fewer than half of the bootstrap's taxonomies."""
    with style():
        rows = max(len(info.supervised), len(info.learning), 1)
        figure = new_figure(WIDTH, 1.0 + 0.3 * rows)
        axes = figure.subplots()
        left = _spread(info.supervised, rows)
        right = _spread(info.learning, rows)
        for edge in info.edges:
            _draw_edge(axes, edge, left.get(edge.source, 0.0), right[edge.target], labels)
        for name, y in left.items():
            _draw_node(axes, 0.0, y, name, labels, bought=True)
        for name, y in right.items():
            _draw_node(axes, 1.0, y, name, labels, bought=False)
        axes.set_xlim(-0.32, 1.32)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.axis("off")
        axes.set_title(f"Taxonomy, budget {info.budget}, order {info.order}: supervised → learning")
    return figure


def _spread(names: list[str], rows: int) -> dict[str, float]:
    step = rows / max(len(names), 1)
    return {name: (i + 0.5) * step - 0.5 for i, name in enumerate(names)}


def _draw_edge(axes: "Axes", edge: Edge, start: float, end: float, labels: Labels) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    curve = Path(
        [(0.0, start), (0.5, start), (0.5, end), (1.0, end)],
        [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4],
    )
    axes.add_patch(
        PathPatch(
            curve, facecolor="none", edgecolor=label_of(edge.source, labels).colour, alpha=0.6,
            linewidth=0.8 + 2.4 * (edge.gain if edge.gain is not None else 0.4),
            linestyle="--" if edge.share is not None and edge.share < 0.5 else "-",
        )
    )  # fmt: skip


def _draw_node(axes: "Axes", x: float, y: float, name: str, labels: Labels, bought: bool) -> None:
    label = label_of(name, labels)
    fill, ink = group_colour(label.group)
    box = {"boxstyle": "round,pad=0.35", "facecolor": fill if bought else "white", "edgecolor": fill}
    axes.text(x, y, label.title, ha="right" if bought else "left", va="center", fontsize=8.5, bbox=box,
              color=ink if bought else "#111", fontweight="bold" if bought else "normal")  # fmt: skip
