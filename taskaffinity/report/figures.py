"""Every figure of a report as PNG and SVG."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from taskaffinity.plots.drawing import save
from taskaffinity.plots.slide import SlideInfo, plot_slide
from taskaffinity.report.findings import Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[], "Figure"]


def figures_of(findings: Findings, order: int, budget: float | None) -> Iterator[tuple[str, Draw]]:
    """Name the figures that findings allow, each with what draws it."""
    yield from _matrices(findings)
    yield from _taxonomies(findings, order, budget)
    if findings.tree:
        yield "task_tree", lambda: _tree(findings)
    if findings.sanity:
        yield "sanity", lambda: _sanity(findings)


def draw_slides(slides: list[SlideInfo]) -> Iterator[tuple[str, Draw]]:
    """Name the slides, each with what draws it."""
    for slide in slides:
        yield f"slide_{slide.target}", lambda slide=slide: plot_slide(slide)  # type: ignore[misc]


def write_figures(figures: list[tuple[str, Draw]], folder: Path, advance: Callable[[int], None]) -> None:
    """Draw figures into a folder, one PNG and one SVG each."""
    for name, draw in figures:
        save(draw(), folder, name)
        advance(1)


def _matrices(findings: Findings) -> Iterator[tuple[str, Draw]]:
    from taskaffinity.plots.affinity_matrix import affinity_matrix_info, plot_affinity_matrix
    from taskaffinity.plots.performance_matrix import performance_matrix_info, plot_performance_matrix

    table, labels = findings.transfers, findings.labels
    yield "affinity_matrix", lambda: plot_affinity_matrix(affinity_matrix_info(table, labels), labels)
    if findings.has_losses:
        yield (
            "performance_matrix",
            lambda: plot_performance_matrix(performance_matrix_info(table, labels), labels),
        )


def _taxonomies(findings: Findings, order: int, budget: float | None) -> Iterator[tuple[str, Draw]]:
    from taskaffinity.plots.budget_curve import budget_curve_info, plot_budget_curve
    from taskaffinity.plots.gain_quality import gain_quality_info, plot_gain_quality
    from taskaffinity.plots.taxonomy_graph import plot_taxonomy_graph, taxonomy_graph_info

    chosen = None if budget is None else findings.taxonomy(order, budget)
    if chosen is None:
        return
    table, labels = findings.transfers, findings.labels
    yield "taxonomy", lambda: plot_taxonomy_graph(taxonomy_graph_info(chosen, labels), labels)
    if chosen.get("mean_gain") is not None:
        yield "gain_quality", lambda: plot_gain_quality(gain_quality_info(chosen, table, labels), labels)
        yield "budget_curve", lambda: plot_budget_curve(budget_curve_info(findings.curve))


def _tree(findings: Findings) -> "Figure":
    from taskaffinity.plots.task_tree import plot_task_tree, task_tree_info

    return plot_task_tree(task_tree_info(findings.tree or {}), findings.labels)


def _sanity(findings: Findings) -> "Figure":
    from taskaffinity.plots.sanity import plot_sanity, sanity_info

    return plot_sanity(sanity_info(findings.sanity or {}, findings.labels), findings.labels)
