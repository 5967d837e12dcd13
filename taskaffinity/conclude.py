"""From recorded losses to everything that is concluded: affinities, taxonomies, the curve and the tree."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from taskaffinity import config as configuration
from taskaffinity.errors import InfeasibleError, TableError
from taskaffinity.notebook import Run, load_run
from taskaffinity.store import RunFolder

if TYPE_CHECKING:
    from taskaffinity.analysis import Analysis
    from taskaffinity.analysis.taxonomy import Taxonomy

log = logging.getLogger(__name__)

Step = Callable[[str, int], Callable[[int], None]]

CLUSTERS = 4  # as in the paper's figure of the task tree
DRAWS = 40  # resamples that edges are judged by: a share has a standard error of at most 0.08
RESAMPLED = ("affinity", "sqrt")  # objectives whose edges the bootstrap can judge


def conclude(
    folder: RunFolder, losses: pd.DataFrame, settings: configuration.TaxonomySettings, step: Step
) -> None:
    """Analyse losses and record what follows from them, by the names of ``docs/formats.md``.

    Parameters
    ----------
    folder
        The run; ``data.json`` is there.
    losses
        Its losses table.
    settings
        Budgets and objective.
    step
        Begins a step of the work: takes its title and size, returns what takes how much was done.
    """
    from taskaffinity.analysis import analyse

    advance = step("analysing losses", 1)
    folder.write_losses(losses)
    analysis = analyse(losses)
    analysis.write(folder.path)
    advance(1)
    found = load_run(folder.path)
    budgets = settings.budgets or list(range(1, len(found.sources) + 1))
    advance = step("solving taxonomies", len(budgets))
    taxonomies = []
    for budget in budgets:
        taxonomies += solved(found, budget, settings.objective)
        advance(1)
    write_taxonomies(folder, with_shares(taxonomies, analysis, found))
    write_curve(folder, found, taxonomies)
    write_tree(folder, found)


def solved(found: Run, budget: float, objective: str) -> "list[Taxonomy]":
    """Solve one budget; nothing where no taxonomy within it reaches every target, which the log then says."""
    try:
        return [found.solve(budget, objective=objective)]
    except InfeasibleError as error:
        log.warning("budget %g: %s", budget, error)
        return []


def with_shares(taxonomies: "list[Taxonomy]", analysis: "Analysis", found: Run) -> "list[Taxonomy]":
    """Give each edge the share of bootstrap resamples in which its taxonomy has it, where there are any."""
    from taskaffinity.analysis.stability import edge_shares

    drawn = analysis.resamples
    if not taxonomies or drawn is None or taxonomies[0].objective_kind not in RESAMPLED:
        return taxonomies
    known = found.options(objective=taxonomies[0].objective_kind)
    budgets = [taxonomy.budget for taxonomy in taxonomies]
    shares = edge_shares(analysis.affinities, drawn.affinity.values[:DRAWS], budgets, **known)
    return [taxonomy.with_shares(shares[taxonomy.budget]) for taxonomy in taxonomies]


def write_taxonomies(folder: RunFolder, taxonomies: "list[Taxonomy]") -> None:
    """Record each taxonomy as JSON and as a graph, and remove those of an earlier analysis."""
    place = folder.path / "taxonomy"
    for file in place.glob("budget-*"):
        file.unlink()
    for taxonomy in taxonomies:
        folder.write_json(f"taxonomy/budget-{taxonomy.budget:g}.json", taxonomy.to_record())
        taxonomy.write_graphml(place / f"budget-{taxonomy.budget:g}.graphml")


def write_curve(folder: RunFolder, found: Run, taxonomies: "list[Taxonomy]") -> None:
    """Record what each budget buys, against random policies."""
    from taskaffinity.analysis.curve import curve

    records: list[dict[str, Any]] = []
    if taxonomies:
        known = found.options(objective=taxonomies[0].objective_kind)
        records = curve(found.affinities, [taxonomy.budget for taxonomy in taxonomies], **known)
    folder.write_json("curve.json", records)


def write_tree(folder: RunFolder, found: Run) -> None:
    """Record the task tree; none where sources are too few, or one transfers the same everywhere."""
    from taskaffinity.analysis.tree import grow

    try:
        tree = grow(found.affinities)
    except TableError as error:
        log.warning("no task tree: %s", error)
        (folder.path / "tree.json").unlink(missing_ok=True)
        return
    folder.write_json("tree.json", tree.to_record(min(CLUSTERS, len(tree.leaves))))
