"""Every solver that pulp finds.

A trap of pulp's: after a time limit `LpStatus` says "Optimal" for an incumbent nobody proved, and a run that
is "Not Solved" still has a value. `sol_status` alone is to be trusted.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from taskaffinity.analysis.taxonomy.answer import Answer
from taskaffinity.analysis.taxonomy.matrices import Matrices
from taskaffinity.errors import SolverError

PULP_NAMES = {"cbc": "PULP_CBC_CMD", "scip": "SCIP_PY", "gurobi": "GUROBI", "cplex": "CPLEX_PY"}
"""Our names of solvers, and pulp's."""


def is_installed(solver: str) -> bool:
    """Tell whether pulp can run a solver here."""
    return bool(_engine(solver, None).available())


def solve_with_pulp(system: Matrices, solver: str, time_limit: float | None = None) -> Answer:
    """Maximise c·x to proven optimality, or until the seconds are over.

    Raises
    ------
    SolverError
        The solver failed.
    """
    import pulp

    with _pulp_4_unmentioned():
        engine = _engine(solver, time_limit)
        problem, variables = pulp_problem(system)
        try:
            problem.solve(engine)
        except pulp.PulpError as error:
            raise SolverError(f"solver {solver} failed ({error}); leave --solver out to use HiGHS") from None
    if problem.status == pulp.LpStatusInfeasible:
        return Answer(None, proven=True, bound=-np.inf)
    values = [variable.varValue for variable in variables[: system.sources]]
    found = problem.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
    if not found or any(value is None for value in values):
        return Answer(None, proven=False)
    return Answer(np.array(values) > 0.5, proven=problem.sol_status == pulp.LpSolutionOptimal)


def pulp_problem(system: Matrices) -> tuple[Any, list[Any]]:
    """Hand the matrices to pulp; returns the problem and its variables in the order of c."""
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


def _engine(solver: str, time_limit: float | None) -> Any:
    import pulp

    with _pulp_4_unmentioned():
        return pulp.getSolver(PULP_NAMES[solver], msg=False, timeLimit=time_limit, gapRel=0.0)


@contextmanager
def _pulp_4_unmentioned() -> Iterator[None]:
    """Keep pulp 3.3 from warning of what pulp 4 will change, which the project's metadata keeps out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
