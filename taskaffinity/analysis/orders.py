"""Which higher-order transfers to measure, given the first-order ones.

All of them would be too many. The paper takes every subset of a target's five best first-order sources up to
order five, and the best k sources alone above that (section 3.3, "accessing higher-order transfers").
"""

from collections.abc import Iterable, Iterator
from itertools import combinations

import pandas as pd

from taskaffinity.analysis.tables import matrix
from taskaffinity.errors import InputError
from taskaffinity.names import RESERVED

BEAM = 5


def plan_orders(affinities: pd.DataFrame, orders: Iterable[int]) -> list[tuple[str, tuple[str, ...]]]:
    """Plan higher-order transfers.

    Parameters
    ----------
    affinities
        First-order affinities: columns ``target``, ``sources``, ``affinity``. Reserved names and the target
        itself are no candidates: what is measured is whether others can stand in for it.
    orders
        The orders wanted; 1 is there already and plans nothing.

    Returns
    -------
    list
        Pairs of a target and its sources, both sorted; none twice. A target with fewer candidates than an
        order needs has no transfer of that order.

    Raises
    ------
    InputError
        An order is below 1.
    """
    wanted = sorted(set(orders))
    if wanted and wanted[0] < 1:
        raise InputError(f"order {wanted[0]} is below 1; a transfer has at least one source")
    wide = matrix(affinities, "affinity")
    planned = []
    for target in wide.index:
        candidates = wide.loc[target].drop([*RESERVED, target], errors="ignore").dropna()
        ranked = sorted(candidates.index, key=lambda source: (-candidates[source], source))
        for order in wanted:
            planned += [(str(target), sources) for sources in _sets(ranked, order)]
    return planned


def _sets(ranked: list[str], order: int) -> Iterator[tuple[str, ...]]:
    """Yield the source sets of one order, from the best source to the worst."""
    if order == 1 or order > len(ranked):
        return
    pool = ranked[:BEAM] if order <= BEAM else ranked[:order]
    yield from sorted(tuple(sorted(chosen)) for chosen in combinations(pool, order))
