"""The mixed-integer solvers: HiGHS by default, others through pulp.

HiGHS is given the matrices as they are: through pulp a large program takes many times longer to hand over,
and HiGHS's bound is out of reach; `benchmarks/solver.py` measures both ways.

A trap of pulp's: after a time limit `LpStatus` says "Optimal" for an incumbent that nobody proved, and a run
that is "Not Solved" still has a value. `sol_status` alone can be trusted.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from scipy import sparse

from taskaffinity.analysis.plan.formulation import BackendAnswer, System
from taskaffinity.errors import InputError, SolverError

HIGHS = "highs"
PULP_NAMES = {"cbc": "PULP_CBC_CMD", "scip": "SCIP_PY", "gurobi": "GUROBI", "cplex": "CPLEX_PY"}
"""Our names of solvers, and pulp's."""
SOLVERS = (HIGHS, *PULP_NAMES)

TOLERANCE = 1e-9  # of HiGHS, for values in [0, 1] and budgets of 1
TOO_DEAR = 2.0  # what a unit budget's row holds for items that it cannot pay


def solve_system(system: System, solver: str = HIGHS, time_limit: float | None = None) -> BackendAnswer:
    """Maximise c·x subject to A x ≤ b.

    Parameters
    ----------
    system
        The program; c is best within [0, 1].
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
    unit = with_unit_budgets(system)
    return (
        solve_with_highs(unit, time_limit) if solver == HIGHS else solve_with_pulp(unit, solver, time_limit)
    )


@cache
def check_solver(solver: str) -> None:
    """Refuse a solver that is unknown or not installed."""
    if solver not in SOLVERS:
        raise InputError(f"solver {solver!r} is unknown; choose from {', '.join(SOLVERS)}")
    if solver != HIGHS and not _pulp_engine(solver, None).available():
        raise InputError(f"solver {solver!r} is not installed; leave --solver out to use HiGHS")


def with_unit_budgets(system: System) -> System:
    """Divide the rows of inequalities by their right side, so that tolerances mean the same in any unit."""
    scale = np.where(~system.equal & (system.b > 0), system.b, 1.0)
    A = sparse.csr_array(sparse.diags_array(1.0 / scale) @ system.A)
    A.data = A.data.clip(max=TOO_DEAR)
    return replace(system, A=A, b=system.b / scale)


def solve_with_highs(system: System, time_limit: float | None = None) -> BackendAnswer:
    """Maximise c·x to proven optimality, or until the seconds are over.

    Raises
    ------
    SolverError
        HiGHS refused the program.
    """
    import highspy

    _announce_elsewhere()
    engine = highspy.Highs()
    options: dict[str, Any] = {
        "output_flag": False, "mip_rel_gap": 0.0, "mip_abs_gap": 0.0, "threads": 1,
        "mip_feasibility_tolerance": TOLERANCE, "primal_feasibility_tolerance": TOLERANCE,
        "dual_feasibility_tolerance": TOLERANCE,
    }  # fmt: skip
    if time_limit is not None:
        options["time_limit"] = float(time_limit)
    for name, value in options.items():
        engine.setOptionValue(name, value)
    if engine.passModel(highs_model(system)) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refused the program; try another --solver")
    engine.run()
    status, info = engine.getModelStatus(), engine.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return BackendAnswer(None, proven=True, bound=-np.inf)
    proven = status == highspy.HighsModelStatus.kOptimal
    has_solution = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    if not (proven or has_solution):
        return BackendAnswer(None, proven=False, bound=float(info.mip_dual_bound))
    values = np.array(engine.getSolution().col_value[: system.items])
    return BackendAnswer(values > 0.5, proven, float(info.mip_dual_bound))


def highs_model(system: System) -> Any:
    """Return the matrices as HiGHS takes them."""
    import highspy

    rows, columns = system.A.shape
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows, columns
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_, model.col_lower_, model.col_upper_ = system.c, system.lower, system.upper
    model.row_lower_ = np.where(system.equal, system.b, -highspy.kHighsInf)
    model.row_upper_ = system.b
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_row_, model.a_matrix_.num_col_ = rows, columns
    model.a_matrix_.start_ = system.A.indptr
    model.a_matrix_.index_ = system.A.indices
    model.a_matrix_.value_ = system.A.data
    kinds = highspy.HighsVarType
    model.integrality_ = [kinds.kInteger] * system.items + [kinds.kContinuous] * (columns - system.items)
    return model


@cache
def _announce_elsewhere() -> None:
    """Make a first instance with standard output turned away: HiGHS prints its version there."""
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


def solve_with_pulp(system: System, solver: str, time_limit: float | None = None) -> BackendAnswer:
    """Maximise c·x to proven optimality, or until the seconds are over.

    Raises
    ------
    SolverError
        The solver failed.
    """
    import pulp

    with _no_deprecation_of_pulp_4():
        engine = _pulp_engine(solver, time_limit)
        problem, variables = pulp_problem(system)
        try:
            problem.solve(engine)
        except pulp.PulpError as error:
            raise SolverError(f"solver {solver} failed ({error}); leave --solver out to use HiGHS") from None
    if problem.status == pulp.LpStatusInfeasible:
        return BackendAnswer(None, proven=True, bound=-np.inf)
    values = [variable.varValue for variable in variables[: system.items]]
    solved = problem.sol_status in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible)
    if not solved or any(value is None for value in values):
        return BackendAnswer(None, proven=False)
    return BackendAnswer(np.array(values, float) > 0.5, proven=problem.sol_status == pulp.LpSolutionOptimal)


def pulp_problem(system: System) -> tuple[Any, list[Any]]:
    """Hand the matrices to pulp; returns the problem and its variables in the order of c."""
    import pulp

    problem = pulp.LpProblem("plan", pulp.LpMaximize)
    kinds = ["Integer"] * system.items + ["Continuous"] * (len(system.c) - system.items)
    variables = [
        pulp.LpVariable(f"x{i:06d}", low, high, kind)
        for i, (low, high, kind) in enumerate(
            zip(system.lower.tolist(), system.upper.tolist(), kinds, strict=True)
        )
    ]
    problem.setObjective(pulp.LpAffineExpression(zip(variables, system.c.tolist(), strict=True)))
    indptr, indices, entries = system.A.indptr, system.A.indices.tolist(), system.A.data.tolist()
    for row, (right, equal) in enumerate(zip(system.b.tolist(), system.equal, strict=True)):
        span = range(indptr[row], indptr[row + 1])
        left = pulp.LpAffineExpression([(variables[indices[k]], entries[k]) for k in span])
        sense = pulp.LpConstraintEQ if equal else pulp.LpConstraintLE
        problem.addConstraint(pulp.LpConstraint(left, sense, f"r{row}", right))
    return problem, variables


def _pulp_engine(solver: str, time_limit: float | None) -> Any:
    import pulp

    with _no_deprecation_of_pulp_4():
        return pulp.getSolver(PULP_NAMES[solver], msg=False, timeLimit=time_limit, gapRel=0.0)


@contextmanager
def _no_deprecation_of_pulp_4() -> Iterator[None]:
    """Keep pulp 3.3 from warning of what pulp 4 will change; the project's metadata excludes pulp 4."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
