"""The mixed-integer solvers, through pulp.

Two traps of pulp are handled here: after a time limit `LpStatus` says "Optimal" for an incumbent nobody
proved, so `sol_status` is read; and HiGHS announces itself on standard output when first made, whatever it is
told.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from taskaffinity.analysis.taxonomy.matrices import Matrices
from taskaffinity.errors import InputError, SolverError

SOLVERS = {
    "highs": "HiGHS",
    "cbc": "PULP_CBC_CMD",
    "scip": "SCIP_PY",
    "gurobi": "GUROBI",
    "cplex": "CPLEX_PY",
}
"""Names on our side and pulp's."""


@dataclass(frozen=True)
class Answer:
    """What a solver said.

    Attributes
    ----------
    bought
        bool (S,), None where no solution was found.
    proven
        Whether the solver proved it optimal; with `bought` None, whether it proved there is none.
    bound
        The solver's bound on the objective; infinite where it has none.
    """

    bought: np.ndarray | None
    proven: bool
    bound: float = np.inf


def solve_matrices(system: Matrices, solver: str = "highs", time_limit: float | None = None) -> Answer:
    """Maximise c·x.

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
    import pulp

    check_solver(solver)
    with _pulp_4_unmentioned():
        engine = _engine(solver, time_limit)
        problem, variables = _pulp_problem(system)
        try:
            problem.solve(engine)
        except pulp.PulpError as error:
            raise SolverError(f"solver {solver} failed ({error}); try --solver highs") from None
    if problem.status == pulp.LpStatusInfeasible:
        return Answer(None, proven=True, bound=-np.inf)
    if problem.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
        return Answer(None, proven=False)
    values = [variable.varValue for variable in variables[: system.sources]]
    if any(value is None for value in values) or not _is_finite(problem):
        return Answer(None, proven=False)
    proven = problem.sol_status == pulp.LpSolutionOptimal
    return Answer(np.array(values) > 0.5, proven, _bound(problem, solver))


@cache
def check_solver(solver: str) -> None:
    """Refuse a solver that is unknown or not installed."""
    if solver not in SOLVERS:
        raise InputError(f"solver {solver!r} is unknown; choose from {', '.join(SOLVERS)}")
    if solver == "highs":
        _let_highs_announce_itself()
    if not _engine(solver, None).available():
        raise InputError(f"solver {solver!r} is not installed; leave --solver out to use HiGHS")


def _engine(solver: str, time_limit: float | None) -> Any:
    import pulp

    with _pulp_4_unmentioned():
        return pulp.getSolver(SOLVERS[solver], msg=False, timeLimit=time_limit, gapRel=0.0)


@contextmanager
def _pulp_4_unmentioned() -> Iterator[None]:
    """Keep pulp 3.3 from warning of what pulp 4 will change, which the project's metadata keeps out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _pulp_problem(system: Matrices) -> tuple[Any, list[Any]]:
    """Hand the matrices to pulp."""
    import pulp

    problem = pulp.LpProblem("taxonomy", pulp.LpMaximize)
    kinds = ["Integer"] * system.sources + ["Continuous"] * (len(system.c) - system.sources)
    variables = [
        pulp.LpVariable(f"x{i:06d}", low, 1, kind)
        for i, (low, kind) in enumerate(zip(system.lower, kinds, strict=True))
    ]
    problem.setObjective(pulp.LpAffineExpression(zip(variables, system.c.tolist(), strict=True)))
    indptr, indices, entries = system.A.indptr, system.A.indices.tolist(), system.A.data.tolist()
    for row, (right, equal) in enumerate(zip(system.b.tolist(), system.equal, strict=True)):
        span = range(indptr[row], indptr[row + 1])
        left = pulp.LpAffineExpression([(variables[indices[k]], entries[k]) for k in span])
        sense = pulp.LpConstraintEQ if equal else pulp.LpConstraintLE
        problem.addConstraint(pulp.LpConstraint(left, sense, f"r{row}", right))
    return problem, variables


def _is_finite(problem: Any) -> bool:
    import pulp

    value = pulp.value(problem.objective)
    return value is not None and bool(np.isfinite(value))


def _bound(problem: Any, solver: str) -> float:
    """Return HiGHS's dual bound; pulp does not hand on those of the others."""
    if solver != "highs":
        return np.inf
    return -float(problem.solverModel.getInfo().mip_dual_bound)


def _let_highs_announce_itself() -> None:
    """Make one instance of HiGHS with standard output turned away, for it prints its version on the first."""
    import highspy

    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        highspy.Highs()
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
