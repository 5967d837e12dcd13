"""What budgets buy: the best plan at each of them, against random policies that spend as much."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import numpy as np

from taskaffinity.analysis.plan.build import PlanTables, build_all
from taskaffinity.analysis.plan.options import PlanOptions
from taskaffinity.analysis.plan.program import Program
from taskaffinity.analysis.plan.result import Taxonomy, taxonomy_of
from taskaffinity.analysis.plan.solver import TIME_LIMIT, Solver
from taskaffinity.analysis.policies import Policies, draw
from taskaffinity.errors import InputError

PERCENTILES = (5, 50, 95)


def curve(
    tables: PlanTables,
    steps: Iterable[PlanOptions],
    *,
    random: int = 1000,
    seed: int = 0,
    solver: str = "highs",
    time_limit: float | None = TIME_LIMIT,
) -> list[dict[str, Any]]:
    """Solve every step of a curve, and compare each plan with random policies.

    Parameters
    ----------
    tables
        What is known of the transfers.
    steps
        What to solve, usually the same options under rising budgets. Steps that follow one another and differ
        in their budgets alone are solved fastest.
    random
        How many random policies to draw per step, N; 0 for none.
    seed
        Of the random policies.
    solver, time_limit
        As for `solve`; the limit is per step.

    Returns
    -------
    list
        One record per step, as ``docs/formats.md`` describes ``curve.json``. ``p_value`` is
        (1 + policies with a mean gain at least the plan's) / (1 + N): Phipson and Smyth (2010). Where no gain
        is known, quality stands in, and the objective where neither is. The objective is what the plan was
        chosen for, so that its p-value says little.

    Raises
    ------
    InputError
        As `solve`; or there is no step, or `random` is negative.
    """
    wanted = list(steps)
    if not wanted:
        raise InputError("there is no budget; give at least one")
    if random < 0:
        raise InputError(f"{random} random policies cannot be drawn; give 0 or more")
    records = []
    engine: Solver | None = None
    for problem in build_all(tables, wanted):
        if engine is None or engine.program is not problem.program:
            engine = Solver(problem.program, solver, time_limit)
        taxonomy = taxonomy_of(problem, engine.solve(problem.capacity))
        policies = draw(problem.program, problem.capacity, random, seed) if random else None
        records.append(_record(taxonomy, problem.program, policies))
    return records


class Scored(Protocol):
    """What a plan reaches."""

    @property
    def mean_gain(self) -> float | None:
        """Mean gain over the targets, where it is known."""
        ...

    @property
    def objective(self) -> float | None:
        """What was maximised."""
        ...


def knee(budgets: Sequence[float], plans: Sequence[Scored]) -> int:
    """Return the position at which a curve bends most: beyond it, more budget helps less.

    The curve is that of the mean gain, or of the objective where some gain is not known.

    It is the point farthest above the chord between the first and the last (Satopää et al., "Finding a
    Kneedle in a Haystack", 2011, section III).

    Parameters
    ----------
    budgets, plans
        The curve, budgets ascending; at least one point.
    """
    gains = [plan.mean_gain for plan in plans]
    values = gains if None not in gains else [plan.objective for plan in plans]
    heights = np.nan_to_num(np.array(values, float))
    above = _unit(np.maximum.accumulate(heights)) - _unit(np.array(budgets, float))
    return int(above.argmax())


def _unit(values: np.ndarray) -> np.ndarray:
    """Scale ascending values to begin at 0 and end at 1."""
    return (values - values[0]) / max(values[-1] - values[0], 1e-12)


FIELDS = (
    "order", "budget", "cost", "compute", "compute_used", "status", "objective", "sources", "sources_used",
    "labels", "mean_gain", "mean_quality",
)  # fmt: skip


def _record(taxonomy: Taxonomy, program: Program, policies: Policies | None) -> dict[str, Any]:
    record = taxonomy.to_record()
    for transfer in record["transfers"]:
        del transfer["share"]
    measures = {} if policies is None else _measures(program, policies)
    return {
        **{name: record[name] for name in FIELDS},
        "random": None if policies is None else {
            "count": len(policies.bought), **{name: _percentiles(values) for name, values in measures.items()}
        },
        "p_value": _p_value(taxonomy, measures),
        "transfers": record["transfers"],
    }  # fmt: skip


def _measures(program: Program, policies: Policies) -> dict[str, np.ndarray]:
    """Return each measure of each policy: float64 (N,), NaN where unknown."""
    return {
        "gain": policies.means(program.gain),
        "quality": policies.means(program.quality),
        "objective": program.value[policies.chosen].sum(axis=1),
    }


def _percentiles(values: np.ndarray) -> dict[str, float] | None:
    if np.isnan(values).any():
        return None
    percentiles = np.percentile(values, PERCENTILES)
    return {f"p{rank}": float(value) for rank, value in zip(PERCENTILES, percentiles, strict=True)}


def _p_value(taxonomy: Taxonomy, measures: dict[str, np.ndarray]) -> float | None:
    """Return how rarely chance does as well: by gain, else quality, else objective."""
    ours = {"gain": taxonomy.mean_gain, "quality": taxonomy.mean_quality, "objective": taxonomy.objective}
    for name, values in measures.items():
        value = ours[name]
        if value is not None and not np.isnan(values).any():
            as_good = values >= value - 1e-12 * max(1.0, abs(value))
            return float((1 + np.sum(as_good)) / (1 + len(values)))
    return None
