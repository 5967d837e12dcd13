"""What computation buys: the best plans under budgets of multiply-adds, and the few encoders that serve best.

Labels are not limited here, but for the plans that need none at all.
"""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from taskaffinity.errors import InfeasibleError
from taskaffinity.names import RESERVED
from taskaffinity.runs.records import ComputationRecord, PlanRecord

if TYPE_CHECKING:
    from taskaffinity.analysis.plan import PlanOptions, Taxonomy
    from taskaffinity.runs.affinities import Affinities

STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)  # budgets of each power of ten
MOST_ENCODERS = 4
POLICIES = 200  # random policies beside each plan


def computation_of(found: "Affinities", objective: str = "affinity") -> ComputationRecord | None:
    """Solve for computation.

    Parameters
    ----------
    found
        What was measured.
    objective
        What is maximised.

    Returns
    -------
    ComputationRecord or None
        None where it is not known what running some source costs, or where running costs nothing.
    """
    costs = costs_of(found)
    if not costs or any(math.isnan(cost) for cost in costs.values()) or not max(costs.values()):
        return None
    return ComputationRecord(
        curve=_curve(found, objective, budgets_between(list(costs.values()))),
        encoders=_fewest(found, found.plan_options(compute="100%", objective=objective)),
        without_labels=_without_labels(found, objective),
    )


def costs_of(found: "Affinities") -> dict[str, float]:
    """Return the multiply-adds of each source that can be in a plan; NaN where they are not known."""
    operations = dict(zip(found.sources["source"], found.sources["encoder_operations"], strict=True))
    return {name: float(operations.get(name, math.nan)) for name in found.buyable if name not in RESERVED}


def budgets_between(costs: Sequence[float]) -> list[float]:
    """Return round amounts from the cheapest encoder to all of them together, ascending.

    Examples
    --------
    >>> budgets_between([40e6, 90e6])
    [50000000.0, 70000000.0, 100000000.0, 150000000.0]
    """
    least = min(cost for cost in costs if cost > 0)
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(sum(costs))) + 1)
    amounts = [step * 10.0**power for power in powers for step in STEPS]
    first = int(np.searchsorted(amounts, least))
    last = int(np.searchsorted(amounts, sum(costs)))
    return amounts[first : last + 1]


def _curve(found: "Affinities", objective: str, budgets: Sequence[float]) -> tuple[PlanRecord, ...]:
    """Solve every budget, from the first that reaches every target to the first that buys all there is."""
    from taskaffinity.analysis.curve import curve

    whole = found.solve(compute="100%", objective=objective).compute_used or 0.0
    useful = [amount for place, amount in enumerate(budgets) if not place or budgets[place - 1] < whole]
    steps = [found.plan_options(compute=amount, objective=objective) for amount in useful]
    for first in range(len(steps)):
        try:
            records = curve(found.tables, steps[first:], random=POLICIES)
        except InfeasibleError:
            continue
        return tuple(PlanRecord.model_validate(record) for record in records)
    return ()


def _fewest(found: "Affinities", options: "PlanOptions") -> tuple[PlanRecord, ...]:
    """Solve for one encoder, two, and so on, as long as another one helps."""
    from taskaffinity.analysis.plan.encoders import solve_with_at_most

    def plans() -> "Iterator[Taxonomy]":
        best = -math.inf
        for count in range(1, MOST_ENCODERS + 1):
            try:
                plan = solve_with_at_most(count, found.tables, options)
            except InfeasibleError:
                continue
            if plan.objective <= best:
                return
            best = plan.objective
            yield plan

    return tuple(PlanRecord.model_validate(plan.to_record()) for plan in plans())


def _without_labels(found: "Affinities", objective: str) -> tuple[PlanRecord, ...]:
    """Solve for the few encoders that need no labels of their own; none where there are none."""
    table = found.sources
    labelled = set(table.loc[table["labels"].fillna("").astype(str) != "", "source"])
    free = [name for name in found.members if name not in labelled and name in set(table["source"])]
    if not free:
        return ()
    excluded = [name for name in found.buyable if name not in free]
    options = found.plan_options(compute="100%", objective=objective, excluded=excluded)
    return _fewest(found, options)
