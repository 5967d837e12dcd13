"""Why budgets are too small, and which budgets would be enough."""

from dataclasses import replace

import numpy as np

from taskaffinity.analysis.plan import backends
from taskaffinity.analysis.plan.formulation import formulate
from taskaffinity.analysis.plan.items import COMPUTE, LABELS
from taskaffinity.analysis.plan.program import NONE, Program, with_rounding
from taskaffinity.errors import InfeasibleError

ROUNDS = 8  # times that the least cost is sought among what is left
_NAMES = {LABELS: "budget", COMPUTE: "compute budget"}


def infeasible(
    program: Program, capacity: np.ndarray, solver: str = "highs", time_limit: float | None = None
) -> InfeasibleError:
    """Say which budget reaches no plan, why, and the least that would do.

    Parameters
    ----------
    program
        The program.
    capacity
        float64 (2,), budgets that reach no plan.
    solver, time_limit
        As for the solver; the limit is for each of the programs that are solved to find out.
    """
    for budget in np.flatnonzero(np.isfinite(capacity)).tolist():
        least = least_budget(program, capacity, budget, solver, time_limit)
        if least is not None:
            name = _NAMES[budget]
            return InfeasibleError(
                f"{name} {capacity[budget]:g} is too small: {_reason(program, capacity, budget)}; "
                f"the least {name} that does is {_above(least, capacity[budget])}"
            )
    if np.isfinite(capacity).all():
        return InfeasibleError("the budgets are too small: raising one of them does not help; raise both")
    return InfeasibleError("no set of sources reaches every target; measure more transfers")


def least_budget(
    program: Program,
    capacity: np.ndarray,
    budget: int,
    solver: str = "highs",
    time_limit: float | None = None,
) -> float | None:
    """Return the least cost from one budget of items that reach every target; None where none do.

    Items that cost more than what does are left out, and the rest is priced again, so that costs of very
    different sizes do not blur one another.

    Parameters
    ----------
    program
        The program.
    capacity
        float64 (2,), the budgets; the one that is made least does not count.
    budget
        Whose cost is made least.
    solver, time_limit
        As for the solver.
    """
    mine = program.items.paid_from == budget
    capacity = capacity.copy()
    capacity[budget] = float(program.items.cost[mine].sum())
    least = None
    for _ in range(ROUNDS):
        bought = _cheapest(program, capacity, mine, solver, time_limit)
        if bought is None:
            break
        cost = float(program.spent(bought)[budget])
        if least is not None and cost >= least:
            break
        least = capacity[budget] = cost
    return least


def _cheapest(
    program: Program, capacity: np.ndarray, mine: np.ndarray, solver: str, time_limit: float | None
) -> np.ndarray | None:
    """Return items within the budgets of which some, bool (N,), cost least together: bool (N,)."""
    system = formulate(program, capacity)
    price = np.where(mine & (system.upper[: system.items] > 0), program.items.cost, 0.0)
    price /= price.max(initial=0.0) or 1.0
    system = replace(system, c=np.concatenate([-price, np.zeros(len(program.target))]))
    bought = backends.solve_system(system, solver, time_limit).bought
    if bought is None or (program.best(bought) == NONE).any():
        return None
    for item in np.argsort(-program.items.cost, kind="stable"):
        if bought[item] and not program.required_items[item]:
            bought[item] = False
            bought[item] = (program.best(bought) == NONE).any()
    return bought


def _above(least: float, budget: float) -> str:
    """Write a number so that it can be told from a smaller budget."""
    digits = next((d for d in range(6, 17) if float(f"{least:.{d}g}") > budget), 17)
    return f"{least:.{digits}g}"


def _reason(program: Program, capacity: np.ndarray, budget: int) -> str:
    """Say what costs more than a budget."""
    required = float(program.spent(program.required_items)[budget])
    if required > with_rounding(capacity)[budget]:
        names = ", ".join(np.array(program.sources)[program.required])
        return f"the required sources ({names}) alone cost {required:g}"
    mine = ~program.required_items & (program.items.paid_from == budget)
    price = program.needs @ np.where(mine, program.items.cost, 0.0)
    cheapest = np.minimum.reduceat(price, program.starts) + required
    dearest = int(cheapest.argmax())
    if cheapest[dearest] > with_rounding(capacity)[budget]:
        return (
            f"every transfer into {program.targets[dearest]!r} needs sources that cost "
            f"{cheapest[dearest]:g} or more"
        )
    return "no affordable set of sources has a transfer into every target"
