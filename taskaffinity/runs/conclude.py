"""From recorded losses to everything that is concluded: affinities, plans, the curve and the tree."""

import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from taskaffinity.errors import InfeasibleError, TableError
from taskaffinity.runs import state
from taskaffinity.runs.affinities import Affinities
from taskaffinity.runs.files import to_json
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.insights import write_insights
from taskaffinity.runs.joint import write_joint
from taskaffinity.runs.measuring import Measuring, remove_measuring, scaled
from taskaffinity.runs.opening import run_of

if TYPE_CHECKING:
    import networkx as nx

    from taskaffinity.analysis import Analysis
    from taskaffinity.analysis.plan import PlanOptions, Taxonomy

log = logging.getLogger(__name__)

Step = Callable[[str, int], Callable[[int], None]]

CLUSTERS = 4  # as in the paper's figure of the task tree
DRAWS = 40  # resamples that edges are judged by: a share has a standard error of at most 0.08
TABLES = ("performance", "affinities", "gain", "quality", "consistency")


class PlanSettings(Protocol):
    """What is solved at the end of a run: the configuration's section ``taxonomy``."""

    @property
    def budgets(self) -> list[int] | None:
        """Budgets of labels; None for 1 to all."""
        ...

    @property
    def objective(self) -> str:
        """What is maximised."""
        ...


def conclude(
    folder: RunFolder,
    losses: pd.DataFrame,
    settings: PlanSettings,
    step: Step,
    measuring: Measuring | None = None,
) -> None:
    """Analyse losses and record what follows from them, by the names of ``docs/formats.md``.

    While it works, the tables count as not whole; at the end they belong to the state of ``jobs.json``.

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
    measuring
        What was predicted of the transfers that were not measured; None where all were.
    """
    from taskaffinity.analysis import analyse
    from taskaffinity.analysis.sanity import wins_over_random

    advance = step("analysing losses", 1)
    if not state.is_current(folder):
        remove_drawings(folder)
    state.begin(folder)
    folder.write_losses(losses)
    analysis = analyse(losses)
    if measuring is None:
        remove_measuring(folder)
    else:
        measuring.write(folder)
        analysis = scaled(analysis, measuring.record.held)
    write_analysis(folder, analysis)
    folder.put_table("wins_over_random.csv", wins_over_random(losses))
    write_joint(folder, losses)
    advance(1)
    run = run_of(folder)
    budgets = settings.budgets or list(range(1, len(run.buyable) + 1))
    advance = step("solving taxonomies", len(budgets))
    plans = []
    for budget in budgets:
        plans += solved(run, budget, settings.objective)
        advance(1)
    write_plans(folder, with_shares(plans, analysis, run))
    write_curve(folder, run, plans)
    write_computation(folder, run, settings.objective)
    if plans:
        advance = step("weighing the plan", 1)
        write_knee(folder, run, analysis, plans)
        advance(1)
    write_tree(folder, run)
    state.end(folder)


def remove_drawings(folder: RunFolder) -> None:
    """Remove the report and the figures of an earlier state; they are drawn again from the new tables."""
    from taskaffinity.report.figures import remove_figures

    folder.remove(folder.report_file.name)
    remove_figures(folder, keep=())


def write_analysis(folder: RunFolder, analysis: "Analysis") -> None:
    """Record the tables, the sanity record and what is unknown; a table without rows is removed."""
    for name in TABLES:
        folder.put_table(f"{name}.csv", getattr(analysis, name))
    folder.write("sanity.json", content=to_json(analysis.sanity))
    folder.write("unknown.json", content=to_json({"unknown": [one.record() for one in analysis.unknown]}))


def solved(run: Affinities, budget: float, objective: str) -> "list[Taxonomy]":
    """Solve one budget; nothing where no plan within it reaches every target, which the log then says."""
    try:
        return [run.solve(budget, objective=objective)]
    except InfeasibleError as error:
        log.warning("budget %g: %s", budget, error)
        return []


def asked_of(plan: "Taxonomy", run: Affinities) -> "PlanOptions":
    """Return the options that a plan of the run was solved with."""
    return run.plan_options(budget=plan.budget, objective=plan.objective_kind)


def with_shares(plans: "list[Taxonomy]", analysis: "Analysis", run: Affinities) -> "list[Taxonomy]":
    """Give each edge the share of bootstrap resamples in which its plan has it, where there are any."""
    from taskaffinity.analysis.stability import RESAMPLED, edge_shares

    drawn = analysis.resamples
    if not plans or drawn is None or plans[0].objective_kind not in RESAMPLED:
        return plans
    steps = [asked_of(plan, run) for plan in plans]
    tables = replace(run.tables, affinities=analysis.affinities)
    shares = edge_shares(tables, drawn.affinity.values[:DRAWS], steps)
    return [plan.with_shares(share) for plan, share in zip(plans, shares, strict=True)]


def write_plans(folder: RunFolder, plans: "Sequence[Taxonomy]") -> None:
    """Record each plan as JSON and as a graph, and remove those of an earlier analysis."""
    for file in (folder.path / "taxonomy").glob("budget-*"):
        folder.remove("taxonomy", file.name)
    for plan in plans:
        name = f"budget-{plan.budget:g}"
        folder.write("taxonomy", f"{name}.json", content=to_json(plan.to_record()))
        folder.write("taxonomy", f"{name}.graphml", content=graphml(plan.graph()))


def graphml(graph: "nx.DiGraph") -> bytes:
    """Write a graph as GraphML; control characters in names, which XML cannot hold, are escaped."""
    import networkx as nx

    from taskaffinity.text import one_line

    buffer = io.BytesIO()
    nx.write_graphml(nx.relabel_nodes(graph, {name: one_line(name) for name in graph}), buffer)
    return buffer.getvalue()


def write_curve(folder: RunFolder, run: Affinities, plans: "list[Taxonomy]") -> None:
    """Record what each budget buys, against random policies."""
    from taskaffinity.analysis.curve import curve

    records: list[dict[str, object]] = []
    if plans:
        steps = [asked_of(plan, run) for plan in plans]
        records = curve(run.tables, steps)
    folder.write("curve.json", content=to_json(records))


def write_computation(folder: RunFolder, run: Affinities, objective: str) -> None:
    """Record what computation buys; nothing where it is not known what running a source costs."""
    from taskaffinity.runs.computation import computation_of

    record = computation_of(run, objective)
    folder.put("computation.json", content=None if record is None else to_json(record.plain()))


def write_knee(folder: RunFolder, run: Affinities, analysis: "Analysis", plans: "Sequence[Taxonomy]") -> None:
    """Record how sure the plan at the knee of the curve is, and what labels are worth to it."""
    from taskaffinity.analysis.certainty import certainty
    from taskaffinity.analysis.curve import knee
    from taskaffinity.analysis.prices import prices
    from taskaffinity.analysis.stability import RESAMPLED

    plan = plans[knee([float(plan.budget or 0) for plan in plans], plans)]
    options = asked_of(plan, run)
    drawn = analysis.resamples
    sure = None
    if drawn is not None and plan.objective_kind in RESAMPLED:
        tables = replace(run.tables, affinities=analysis.affinities)
        sure = certainty(tables, options, drawn.affinity.values).to_record()
    write_insights(folder, sure, prices(run.tables, options).to_record())


def write_tree(folder: RunFolder, run: Affinities) -> None:
    """Record the task tree; none where sources are too few, or one transfers the same everywhere."""
    try:
        tree = run.tree()
    except TableError as error:
        log.warning("no task tree: %s", error)
        folder.remove("tree.json")
        return
    folder.write("tree.json", content=to_json(tree.to_record(min(CLUSTERS, len(tree.leaves)))))
