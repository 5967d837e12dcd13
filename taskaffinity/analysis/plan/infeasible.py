"""Why budgets do not do, and which would."""

from dataclasses import replace

import numpy as np

from taskaffinity.analysis.plan import backends
from taskaffinity.analysis.plan.formulation import formulate
from taskaffinity.analysis.plan.items import COMPUTE, LABELS
from taskaffinity.analysis.plan.program import Program, with_rounding
from taskaffinity.errors import InfeasibleError

_NAMES = {LABELS: "budget", COMPUTE: "compute budget"}


def require_feasible(
    program: Program, capacity: np.ndarray, solver: str = "highs", time_limit: float | None = None
) -> None:
    """Refuse budgets that reach no plan.

    Raises
    ------
    InfeasibleError
        Names the constraint that fails, and the least budget that would do.
    """
    unlimited = np.where(
        np.isfinite(capacity), program.spent(np.ones(len(program.items.names), bool)), np.inf
    )
    hints = []
    for budget in np.flatnonzero(np.isfinite(capacity)).tolist():
        widened = capacity.copy()
        widened[budget] = unlimited[budget]
        least = least_budget(program, widened, budget, solver, time_limit)
        if least is None:
            continue
        if least <= with_rounding(capacity)[budget]:
            return
        hints.append((budget, least))
    if not hints:
        raise InfeasibleError(
            "the budgets are too small: raising one of them does not help; raise both"
            if np.isfinite(capacity).all()
            else "no set of sources reaches every target; measure more transfers"
        )
    budget, least = hints[0]
    name = _NAMES[budget]
    raise InfeasibleError(
        f"{name} {capacity[budget]:g} is too small: {_reason(program, capacity, budget)}; "
        f"the least {name} that does is {least:g}"
    )


def least_budget(
    program: Program,
    capacity: np.ndarray,
    budget: int,
    solver: str = "highs",
    time_limit: float | None = None,
) -> float | None:
    """Return the least cost from one budget of items that reach every target; None where none do.

    Parameters
    ----------
    program
        The program.
    capacity
        float64 (2,), the budgets.
    budget
        Whose cost is made least.
    solver, time_limit
        As for the solver.
    """
    cost = np.where(program.items.paid_from == budget, program.items.cost, 0.0)
    price = cost / (cost.max(initial=0.0) or 1.0)
    system = formulate(program, capacity)
    system = replace(system, c=np.concatenate([-price, np.zeros(len(program.target))]))
    answer = backends.solve_system(system, solver, time_limit)
    return None if answer.bought is None else float(program.spent(answer.bought)[budget])


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
