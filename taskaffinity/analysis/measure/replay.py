"""Measuring less, tried on a table where everything is known: its values are hidden, and uncovered as asked.

A plan may use measured transfers alone. What is compared is its objective by the whole table, against that
of the plan from the whole table.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from taskaffinity.analysis.measure.sweep import Sweep
from taskaffinity.analysis.plan.build import PlanTables, build
from taskaffinity.analysis.plan.options import PlanOptions
from taskaffinity.analysis.plan.solver import Solver
from taskaffinity.errors import InfeasibleError, InputError
from taskaffinity.names import RANDOM

WHOLE = 1e-3  # how far affinities that sum to 1 may be from it, in a file of few digits


@dataclass(frozen=True)
class Replay:
    """What came of it.

    Attributes
    ----------
    measured
        bool, rows of the table.
    share
        Measured transfers, of those that there are besides own networks and ``random``.
    waves
        How often it was decided what to measure.
    regret
        float64 (k,), expected at the end, relative; NaN where nothing was predicted.
    objective, full
        float64 (k,), of the plan from measured transfers, and of the plan from all; NaN where there is none.
    """

    measured: np.ndarray
    share: float
    waves: int
    regret: np.ndarray
    objective: np.ndarray
    full: np.ndarray

    @property
    def reached(self) -> np.ndarray:
        """The share of the full objective that was reached, by budget: (k,); 0 where no plan was complete."""
        return np.nan_to_num(self.objective / self.full)

    def to_record(self, steps: Sequence[PlanOptions]) -> dict[str, Any]:
        """Return plain values."""
        rows = zip(steps, self.objective, self.full, self.reached, self.regret, strict=True)
        return {
            "share": self.share, "measured": int(self.measured.sum()), "waves": self.waves,
            "budgets": [
                {"budget": step.budget, "objective": _number(objective), "full": _number(full),
                 "reached": float(reached), "expected_regret": _number(regret)}
                for step, objective, full, reached, regret in rows
            ],
        }  # fmt: skip


def replay(tables: PlanTables, steps: Sequence[PlanOptions], share: float | None, seed: int = 0) -> Replay:
    """Measure part of a table as a sweep would, and compare its plans with those of the whole.

    Parameters
    ----------
    tables
        Where everything is known. Rows of ``self`` are known from the start, and those of ``random`` are not
        used.
    steps
        Budgets, ascending.
    share
        Of the transfers; None to end by expected regret.
    seed
        Of the draws.
    """
    if share is not None and not 0 < share <= 1:
        raise InputError(f"share {share:g} is not above 0 and up to 1; give e.g. 0.25")
    tables = _without_random(tables)
    sweep = Sweep(tables, steps, share, seed=seed, is_whole=_is_whole(tables))
    truth = tables.affinities["affinity"].to_numpy(float)
    values = np.where(sweep.is_free, truth, np.nan)
    waves = 0
    while len((decision := sweep.decide(values)).rows):
        values[decision.rows] = truth[decision.rows]
        waves += 1
    return _replay(sweep, ~np.isnan(values), waves, decision.regret)


def replay_at_random(tables: PlanTables, steps: Sequence[PlanOptions], share: float, seed: int = 0) -> Replay:
    """Measure as many transfers, the same number into every target, all sources alike, at random."""
    from taskaffinity.analysis.measure.choose import first_transfers

    tables = _without_random(tables)
    sweep = Sweep(tables, steps, share, seed=seed)
    usable = np.setdiff1d(sweep.problem.program.row, np.flatnonzero(sweep.is_free))
    each = int(np.ceil(sweep.allowed / len(sweep.layout.targets)))
    columns = [hash_free(sweep.layout.members[row]) for row in usable]
    chosen = first_transfers(sweep.layout.target[usable], columns, each, seed)[: sweep.allowed]
    measured = sweep.is_free.copy()
    measured[usable[chosen]] = True
    return _replay(sweep, measured, 1, np.full(len(steps), np.nan))


def _without_random(tables: PlanTables) -> PlanTables:
    """Return the tables without untrained features; affinities that summed to 1 do so again."""
    table = tables.affinities[tables.affinities["sources"] != RANDOM].reset_index(drop=True)
    if _is_whole(tables):
        total = table.groupby("target")["affinity"].transform("sum")
        table = table.assign(affinity=table["affinity"] / total)
    return replace(tables, affinities=table)


def _is_whole(tables: PlanTables) -> bool:
    """Tell whether the affinities of every target sum to 1."""
    total = tables.affinities.groupby("target")["affinity"].sum()
    return bool(np.allclose(total, 1.0, atol=WHOLE))


def hash_free(members: Sequence[int]) -> int:
    """Return a number that stands for a source set where sources are to be used alike: its first source."""
    return members[0]


def _replay(sweep: Sweep, measured: np.ndarray, waves: int, regret: np.ndarray) -> Replay:
    count = int((measured & ~sweep.is_free).sum())
    table = sweep.tables.affinities
    return Replay(
        measured, count / sweep.counted, waves, regret,
        objectives(replace(sweep.tables, affinities=table[measured]), sweep.steps),
        objectives(sweep.tables, sweep.steps),
    )  # fmt: skip


def objectives(tables: PlanTables, steps: Sequence[PlanOptions]) -> np.ndarray:
    """Return the objective of the best plan of every step: (k,); NaN where there is none."""
    try:
        problem = build(tables, steps[0])
    except InfeasibleError:
        return np.full(len(steps), np.nan)
    engine, program, found = Solver(problem.program), problem.program, []
    for step in steps:
        try:
            bought = engine.solve(problem.with_budgets(step).capacity).bought
            found.append(float(program.value[program.best(bought)].sum()))
        except InfeasibleError:
            found.append(np.nan)
    return np.array(found)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
