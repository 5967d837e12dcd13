"""What a budget buys: the best taxonomy at every budget and order, against random policies."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.analysis.policies import Policies, draw
from taskaffinity.analysis.taxonomy.build import build
from taskaffinity.analysis.taxonomy.program import Program
from taskaffinity.analysis.taxonomy.result import Taxonomy, taxonomy_of
from taskaffinity.analysis.taxonomy.solver import Solver, check_budget
from taskaffinity.errors import InputError

PERCENTILES = (5, 50, 95)


def curve(
    affinities: pd.DataFrame,
    budgets: Iterable[float],
    *,
    orders: Iterable[int | None] = (None,),
    random: int = 1000,
    seed: int = 0,
    solver: str = "highs",
    time_limit: float | None = None,
    **options: object,
) -> list[dict[str, Any]]:
    """Solve every budget and order, and hold each taxonomy against random policies.

    Parameters
    ----------
    affinities
        Columns ``target``, ``sources``, ``affinity``.
    budgets
        Each at least 1.
    orders
        Highest numbers of sources of a transfer; None for the highest in the table.
    random
        How many random policies to draw per record, N; 0 for none.
    seed
        Of the random policies.
    solver, time_limit
        As for `solve`; the limit is per budget.
    **options
        Those of `build` but ``order``.

    Returns
    -------
    list
        One record per order and budget, as ``docs/formats.md`` describes ``curve.json``. ``p_value`` is
        (1 + policies with a mean gain at least the taxonomy's) / (1 + N): Phipson and Smyth (2010). Where no
        gain is known, quality stands in, and the objective where neither is. The objective is what the
        taxonomy was chosen for, so that its p-value says little.

    Raises
    ------
    InputError
        As `solve`; or there is no budget, or `random` is negative.
    """
    wanted = list(budgets)
    if not wanted:
        raise InputError("there is no budget; give at least one")
    if random < 0:
        raise InputError(f"{random} random policies cannot be drawn; give 0 or more")
    for budget in wanted:
        check_budget(budget)
    records = []
    for order in orders:
        program = build(affinities, order=order, **options)  # type: ignore[arg-type]
        solve = Solver(program, solver, time_limit)
        for budget in wanted:
            taxonomy = taxonomy_of(solve.program, solve.solve(budget), budget)
            policies = draw(program, budget, random, seed) if random else None
            records.append(_record(taxonomy, program, policies))
    return records


def _record(taxonomy: Taxonomy, program: Program, policies: Policies | None) -> dict[str, Any]:
    record = taxonomy.to_record()
    for transfer in record["transfers"]:
        del transfer["share"]
    measures = {} if policies is None else _measures(program, policies)
    return {
        **{name: record[name] for name in ("order", "budget", "status", "objective", "sources")},
        **{name: record[name] for name in ("mean_gain", "mean_quality")},
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
    found = np.percentile(values, PERCENTILES)
    return {f"p{rank}": float(value) for rank, value in zip(PERCENTILES, found, strict=True)}


def _p_value(taxonomy: Taxonomy, measures: dict[str, np.ndarray]) -> float | None:
    """Return how rarely chance does as well: by gain, else quality, else objective."""
    ours = {"gain": taxonomy.mean_gain, "quality": taxonomy.mean_quality, "objective": taxonomy.objective}
    for name, values in measures.items():
        value = ours[name]
        if value is not None and not np.isnan(values).any():
            return float((1 + np.sum(values >= value - 1e-12)) / (1 + len(values)))
    return None
