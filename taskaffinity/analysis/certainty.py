"""How sure a plan is: what other draws of the test images would have chosen, and what would flip a decision.

Axes: b resamples, E transfers of the program, T targets, S sources.

A plan is chosen again on every resample of the affinities (`taskaffinity.analysis.bootstrap`). How often a
source, an edge or a group of sources is chosen is its probability. Two plans are *equals* where the better
one is not better beyond noise: in at least 2.5 % of the resamples the other has the higher objective, both
with the sources and edges that they have. Of equals, the cheapest is as good a choice as the best.

A *margin* is the smallest change that flips a decision: how much of the objective is lost by a plan without
a source, or with one that it does not have.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from taskaffinity.analysis.measure.search import Search
from taskaffinity.analysis.plan import PlanOptions, PlanTables, Problem, Taxonomy, build, solve
from taskaffinity.analysis.plan.objective import worth
from taskaffinity.analysis.plan.program import NONE, sources_of
from taskaffinity.analysis.plan.result import taxonomy_of
from taskaffinity.analysis.plan.solver import TIME_LIMIT, Solver
from taskaffinity.analysis.stability import RESAMPLED
from taskaffinity.errors import InfeasibleError, InputError, TableError

TAIL = 0.025  # of resamples in which another plan has to be better, for it to be an equal
MOST_EQUALS = 20  # that are listed


@dataclass(frozen=True)
class EdgeCertainty:
    """An edge of the plan.

    Attributes
    ----------
    target, sources
        What it is.
    probability
        Share of the resamples whose plan has it, in [0, 1].
    runner_up
        The second best transfer from the plan's sources; None where there is none.
    margin
        Its affinity (or other value), minus that of the runner-up.
    """

    target: str
    sources: tuple[str, ...]
    probability: float
    runner_up: tuple[str, ...] | None
    margin: float | None


@dataclass(frozen=True)
class SourceCertainty:
    """A source that can be used.

    Attributes
    ----------
    source
        Its name.
    is_used
        Whether the plan uses it.
    probability
        Share of the resamples whose plan uses it, in [0, 1].
    margin
        What the objective loses, relative to itself, by the best plan that decides otherwise about it:
        without it where the plan uses it, with it where not. None where there is no such plan.
    instead
        The sources that such a plan has and this one has not.
    """

    source: str
    is_used: bool
    probability: float
    margin: float | None
    instead: tuple[str, ...]


@dataclass(frozen=True)
class EqualPlan:
    """A plan within the noise of the best.

    Attributes
    ----------
    sources
        Those it uses, sorted.
    cost
        What its labels cost.
    compute
        What its encoders cost to run; None where not known.
    objective
        By the affinities of all images.
    better
        Share of the resamples in which it has a higher objective than the best plan, in [0, 1].
    """

    sources: tuple[str, ...]
    cost: float
    compute: float | None
    objective: float
    better: float


@dataclass(frozen=True)
class Certainty:
    """How sure a plan is.

    Attributes
    ----------
    plan
        The plan.
    resamples
        How many, b.
    same
        Share of the resamples that choose exactly its sources.
    sources, edges
        All sources that can be used; the edges of the plan.
    groups
        Share of the resamples whose plan uses a source of each group.
    equals
        Plans within the noise of this one, the cheapest first; this one is among them.
    """

    plan: Taxonomy
    resamples: int
    same: float
    sources: tuple[SourceCertainty, ...]
    edges: tuple[EdgeCertainty, ...]
    groups: Mapping[str, float]
    equals: tuple[EqualPlan, ...]

    @property
    def cheapest(self) -> EqualPlan:
        """The cheapest of the equals."""
        return self.equals[0]

    @property
    def flip(self) -> SourceCertainty | None:
        """The decision about a source that the smallest change would flip; None where none can be."""
        known = [one for one in self.sources if one.margin is not None]
        return min(known, key=lambda one: (one.margin, one.source), default=None)

    def to_record(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "budget": self.plan.budget, "compute": self.plan.compute, "objective": self.plan.objective,
            "resamples": self.resamples, "same": self.same, "groups": dict(self.groups),
            "sources": [_plain(one) for one in self.sources], "edges": [_plain(one) for one in self.edges],
            "equals": [_plain(one) for one in self.equals], "cheapest": _plain(self.cheapest),
            "flip": None if self.flip is None else _plain(self.flip),
        }  # fmt: skip


def certainty(
    tables: PlanTables, options: PlanOptions, resamples: np.ndarray, *, time_limit: float | None = TIME_LIMIT
) -> Certainty:
    """Say how sure the plan under some options is.

    Parameters
    ----------
    tables
        What is known of the transfers.
    options
        What is asked; the objective is ``affinity`` or ``sqrt``.
    resamples
        float64 (b, rows), affinities in other draws, in the order of the rows of ``tables.affinities``.
    time_limit
        Seconds for each plan that is solved exactly; those of the resamples are searched, not proven.

    Raises
    ------
    InputError
        The objective is not made of affinities, or there is no resample.
    TableError
        The resamples do not fit the table.
    InfeasibleError
        Nothing within the budgets reaches every target.
    """
    _check(tables, options, resamples)
    problem = build(tables, options)
    solution = Solver(problem.program, time_limit=time_limit).solve(problem.capacity)
    plan = taxonomy_of(problem, solution)
    program = problem.program
    values = worth(resamples[:, program.row], program.objective) * program.importance[program.target]
    search = Search(program, values)
    chosen = search.plans(problem.capacity[None])[0]
    edges = search.edges(chosen)
    used = _used(problem, edges)
    best = program.best(solution.bought)
    mine = _used(problem, best[None])[0]
    return Certainty(
        plan, len(values), float((used == mine).all(axis=1).mean()),
        _sources(tables, options, problem, plan, used, mine, time_limit),
        _edges(problem, best, edges, solution.bought),
        _groups(problem, used),
        _equals(problem, values, used, mine, best),
    )  # fmt: skip


def _check(tables: PlanTables, options: PlanOptions, resamples: np.ndarray) -> None:
    if options.objective not in RESAMPLED:
        raise InputError(
            f"resampled affinities say nothing of objective {options.objective!r}; choose from "
            f"{', '.join(RESAMPLED)}"
        )
    if resamples.ndim != 2 or not len(resamples):
        raise InputError("there is no resample; draw at least one")
    if resamples.shape[1] != len(tables.affinities) or not np.isfinite(resamples).all():
        raise TableError("a resample does not have the transfers of the table; resample the same losses")


def _used(problem: Problem, edges: np.ndarray) -> np.ndarray:
    """Return the sources of plans given as rows, (b, T): bool (b, S)."""
    members = problem.program.members
    return np.stack(
        [(members[rows[rows != NONE]].sum(axis=0) > 0) | problem.program.required for rows in edges]
    )


def _sources(
    tables: PlanTables, options: PlanOptions, problem: Problem, plan: Taxonomy, used: np.ndarray, mine:
    np.ndarray, time_limit: float | None,
) -> tuple[SourceCertainty, ...]:  # fmt: skip
    share = used.mean(axis=0)
    certainties = []
    for position, source in enumerate(problem.program.sources):
        changed = (
            replace(options, excluded={*options.excluded, source})
            if mine[position]
            else replace(options, required={*options.required, source})
        )
        other = _solved(tables, changed, time_limit)
        margin: float | None = None
        instead: tuple[str, ...] = ()
        if other is not None:
            margin = max(0.0, plan.objective - other.objective) / max(abs(plan.objective), 1e-300)
            instead = tuple(sorted(set(other.sources) - set(plan.sources)))
        certainties.append(
            SourceCertainty(source, bool(mine[position]), float(share[position]), margin, instead)
        )
    return tuple(certainties)


def _solved(tables: PlanTables, options: PlanOptions, time_limit: float | None) -> Taxonomy | None:
    """Solve; None where nothing reaches every target, or where what is asked contradicts itself."""
    try:
        return solve(tables, options, time_limit=time_limit)
    except (InfeasibleError, InputError):
        return None


def _edges(
    problem: Problem, best: np.ndarray, edges: np.ndarray, bought: np.ndarray
) -> tuple[EdgeCertainty, ...]:
    program = problem.program
    admissible = program.admissible(bought)
    certainties = []
    for target, row in enumerate(best):
        others = np.flatnonzero(admissible & (program.target == target))
        others = others[others != row]
        second = int(others[0]) if len(others) else None
        margin = None if second is None else float(program.value[row] - program.value[second])
        certainties.append(EdgeCertainty(
            program.targets[target], tuple(sources_of(program, row)), float((edges[:, target] == row).mean()),
            None if second is None else tuple(sources_of(program, second)), margin,
        ))  # fmt: skip
    return tuple(certainties)


def _groups(problem: Problem, used: np.ndarray) -> dict[str, float]:
    groups = np.array([record.group for record in problem.records])
    return {
        group: float(used[:, groups == group].any(axis=1).mean())
        for group in sorted(set(groups.tolist()) - {""})
    }


def _equals(
    problem: Problem, values: np.ndarray, used: np.ndarray, mine: np.ndarray, best: np.ndarray
) -> tuple[EqualPlan, ...]:
    """Find plans within the noise: those of resamples, and those that leave a source of the plan out."""
    program = problem.program
    candidates = {tuple(row.tolist()) for row in used}
    for source in np.flatnonzero(mine & ~program.required):
        fewer = mine.copy()
        fewer[source] = False
        candidates.add(tuple(fewer.tolist()))
    reference = values[:, best].sum(axis=1)
    equals = [_equal(problem, mine, best, 0.0)]
    for candidate in sorted(candidates - {tuple(mine.tolist())}):
        sources = np.array(candidate)
        items = program.items_of(sources) | program.required_items
        rows = program.best(items)
        if (rows == NONE).any() or not program.affords(problem.capacity, items):
            continue
        better = float((values[:, rows].sum(axis=1) > reference).mean())
        if better >= TAIL:
            equals.append(_equal(problem, _used(problem, rows[None])[0], rows, better))
    unique = {one.sources: one for one in equals[::-1]}
    ranked = sorted(unique.values(), key=lambda one: (one.cost, -one.objective, one.sources))
    return (
        tuple(ranked[:MOST_EQUALS])
        if equals[0] in ranked[:MOST_EQUALS]
        else (*ranked[:MOST_EQUALS], equals[0])
    )


def _equal(problem: Problem, sources: np.ndarray, rows: np.ndarray, better: float) -> EqualPlan:
    names = tuple(np.array(problem.program.sources)[sources].tolist())
    labels: dict[str, float] = {}
    for record in (problem.records[position] for position in np.flatnonzero(sources)):
        for task, share in record.labels.items():
            labels[task] = max(share, labels.get(task, 0.0))
    compute = float(problem.computation[sources].sum())
    return EqualPlan(
        names, problem.cost_of(labels), None if np.isnan(compute) else compute,
        float(problem.program.value[rows].sum()), better,
    )  # fmt: skip


def _plain(record: Any) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(record).items()}
