"""How sure the edges of a taxonomy are: the share of resamples in which each is chosen."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from taskaffinity.analysis.names import join
from taskaffinity.analysis.taxonomy.build import build
from taskaffinity.analysis.taxonomy.objective import OBJECTIVES
from taskaffinity.analysis.taxonomy.program import Program, sources_of
from taskaffinity.analysis.taxonomy.solver import Solver
from taskaffinity.errors import InputError, TableError


def edge_shares(
    affinities: pd.DataFrame,
    resamples: Iterable[pd.DataFrame | np.ndarray],
    budgets: Iterable[float],
    *,
    objective: str = "affinity",
    **options: object,
) -> dict[float, dict[tuple[str, str], float]]:
    """Count how often each edge is chosen when the affinities are drawn again.

    Parameters
    ----------
    affinities
        The table whose rows are resampled: columns ``target``, ``sources``, ``affinity``.
    resamples
        Affinities of other draws of the test images: arrays (E,) in the order of the table's rows, or tables
        with the same transfers. Consumed once.
    budgets
        Budgets to solve for.
    objective
        ``affinity`` or ``sqrt``.
    **options
        Of `build`: order, importance, label_cost, exclude, require, novel.

    Returns
    -------
    dict
        Per budget, the share in [0, 1] of each edge that was chosen at least once, by target and joined
        sources; a bought target's edge is the target itself. The shares of a target sum to 1.

    Raises
    ------
    InputError
        The objective is not made of affinities, or there is no resample.
    TableError
        A resample does not have the table's transfers.
    """
    if objective not in ("affinity", "sqrt"):
        known = ", ".join(OBJECTIVES[:2])
        raise InputError(f"resampled affinities say nothing of objective {objective!r}; choose from {known}")
    wanted = list(budgets)
    program = build(affinities, objective=objective, **options)  # type: ignore[arg-type]
    counts: dict[float, Counter[tuple[str, str]]] = {budget: Counter() for budget in wanted}
    drawn = 0
    for resample in resamples:
        solver = Solver(program.with_affinity(_aligned(affinities, resample)[program.row]))
        drawn += 1
        for budget in wanted:
            chosen = solver.program.best(solver.solve(budget).bought)
            counts[budget].update(_edges(solver.program, chosen))
    if not drawn:
        raise InputError("there is no resample; draw at least one")
    return {budget: {edge: n / drawn for edge, n in sorted(of.items())} for budget, of in counts.items()}


def _aligned(affinities: pd.DataFrame, resample: pd.DataFrame | np.ndarray) -> np.ndarray:
    """Return a resample's affinities in the order of the table's rows: float64 (rows,)."""
    if isinstance(resample, pd.DataFrame):
        key = [
            name for name in ("target", "sources", "transfer_size") if name in affinities and name in resample
        ]
        joined = affinities[key].merge(resample[[*key, "affinity"]], on=key, how="left", sort=False)
        values = joined["affinity"].to_numpy(float)
    else:
        values = np.asarray(resample, float)
    if values.shape != (len(affinities),) or not np.isfinite(values).all():
        raise TableError("a resample does not have the transfers of the table; resample the same losses")
    return values


def _edges(program: Program, chosen: np.ndarray) -> list[tuple[str, str]]:
    return [(program.targets[program.target[row]], join(sources_of(program, row))) for row in chosen]
