"""Why a budget does not do, and which would."""

from dataclasses import replace

import numpy as np

from taskaffinity.analysis.taxonomy.backend import solve_matrices
from taskaffinity.analysis.taxonomy.matrices import matrices
from taskaffinity.analysis.taxonomy.program import Program
from taskaffinity.errors import InfeasibleError


def require_feasible(program: Program, budget: float, solver: str = "highs") -> None:
    """Refuse a budget that reaches no taxonomy.

    Raises
    ------
    InfeasibleError
        Names the constraint that fails, and the least budget that would do.
    """
    least = least_budget(program, solver)
    if least is None:
        raise InfeasibleError(
            "no set of sources reaches every target, because a target that is bought uses its own network "
            "alone; measure more transfers"
        )
    if least <= budget + 1e-9:
        return
    required = float(program.cost @ program.required)
    if required > budget:
        names = ", ".join(np.array(program.sources)[program.required])
        why = f"the required sources ({names}) alone cost {required:g}"
    else:
        why = (
            _dearest_target(program, budget)
            or "no affordable set of sources has a transfer into every target"
        )
    raise InfeasibleError(f"budget {budget:g} is too small: {why}; the least budget that does is {least:g}")


def least_budget(program: Program, solver: str = "highs") -> float | None:
    """Return the least cost of sources that reach every target; None where none do."""
    system = matrices(program, float(program.cost.sum()))
    cost = np.concatenate([-program.cost, np.zeros(len(program.target))])
    answer = solve_matrices(replace(system, c=cost), solver)
    return None if answer.bought is None else float(program.cost @ answer.bought)


def _dearest_target(program: Program, budget: float) -> str | None:
    """Name the target whose cheapest transfer costs most, where that alone is beyond the budget."""
    prices = program.members @ np.where(program.required, 0.0, program.cost)
    cheapest = np.minimum.reduceat(prices, program.starts) + program.cost @ program.required
    dearest = int(cheapest.argmax())
    if cheapest[dearest] <= budget + 1e-9:
        return None
    name, price = program.targets[dearest], cheapest[dearest]
    return f"every transfer into {name!r} needs sources that cost {price:g} or more"
