"""The mixed-integer solvers by name: HiGHS by default, others through pulp."""

from functools import cache

from taskaffinity.analysis.taxonomy.answer import Answer
from taskaffinity.analysis.taxonomy.highs import solve_with_highs
from taskaffinity.analysis.taxonomy.matrices import Matrices
from taskaffinity.analysis.taxonomy.through_pulp import PULP_NAMES, is_installed, solve_with_pulp
from taskaffinity.errors import InputError

HIGHS = "highs"
SOLVERS = (HIGHS, *PULP_NAMES)


def solve_matrices(system: Matrices, solver: str = HIGHS, time_limit: float | None = None) -> Answer:
    """Maximise c·x subject to A x ≤ b.

    Parameters
    ----------
    system
        The program.
    solver
        A name in `SOLVERS`.
    time_limit
        Seconds.

    Raises
    ------
    InputError
        The solver is unknown or not installed.
    SolverError
        The solver failed.
    """
    check_solver(solver)
    if solver == HIGHS:
        return solve_with_highs(system, time_limit)
    return solve_with_pulp(system, solver, time_limit)


@cache
def check_solver(solver: str) -> None:
    """Refuse a solver that is unknown or not installed."""
    if solver not in SOLVERS:
        raise InputError(f"solver {solver!r} is unknown; choose from {', '.join(SOLVERS)}")
    if solver != HIGHS and not is_installed(solver):
        raise InputError(f"solver {solver!r} is not installed; leave --solver out to use HiGHS")
