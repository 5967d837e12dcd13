"""How sure the edges of a plan are: the share of resamples in which each is chosen."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

from taskaffinity.analysis.plan.build import PlanTables, build_all
from taskaffinity.analysis.plan.options import OBJECTIVES, PlanOptions
from taskaffinity.analysis.plan.program import Program, sources_of
from taskaffinity.analysis.plan.solver import Solver
from taskaffinity.errors import InputError, TableError
from taskaffinity.names import join

RESAMPLED = OBJECTIVES[:2]  # objectives that are made of affinities

Shares = dict[tuple[str, str], float]


def edge_shares(
    tables: PlanTables, resamples: Iterable[pd.DataFrame | np.ndarray], steps: Iterable[PlanOptions]
) -> list[Shares]:
    """Count how often each edge is chosen when the affinities are drawn again.

    Parameters
    ----------
    tables
        Its affinities, E rows, are resampled.
    resamples
        Affinities of other draws of the test images: arrays (E,) in the order of the table's rows, or tables
        with the same transfers. Consumed once.
    steps
        What to solve; the objective is ``affinity`` or ``sqrt``.

    Returns
    -------
    list
        Per step, the share in [0, 1] of each edge that was chosen at least once, by target and joined
        sources; the edge of an own network is the target itself. The shares of a target sum to 1.

    Raises
    ------
    InputError
        The objective is not made of affinities, or there is no resample.
    TableError
        A resample does not have the table's transfers.
    """
    wanted = list(steps)
    for options in wanted:
        if options.objective not in RESAMPLED:
            raise InputError(
                f"resampled affinities say nothing of objective {options.objective!r}; choose from "
                f"{', '.join(RESAMPLED)}"
            )
    problems = build_all(tables, wanted)
    counts: list[Counter[tuple[str, str]]] = [Counter() for _ in wanted]
    drawn = 0
    for resample in resamples:
        affinity = _aligned(tables.affinities, resample)
        drawn += 1
        engine: Solver | None = None
        last: Program | None = None
        for problem, count in zip(problems, counts, strict=True):
            if engine is None or problem.program is not last:
                last = problem.program
                engine = Solver(last.with_affinity(affinity[last.row]))
            chosen = engine.program.best(engine.solve(problem.capacity).bought)
            count.update(_edges(engine.program, chosen))
    if not drawn:
        raise InputError("there is no resample; draw at least one")
    return [{edge: n / drawn for edge, n in sorted(count.items())} for count in counts]


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
