"""HiGHS, given the matrices as they are.

Through pulp a large program takes many times longer to hand over, and HiGHS's bound is out of reach;
`benchmarks/solver.py` measures both ways.
"""

import os
import sys
from functools import cache
from typing import Any

import numpy as np

from taskaffinity.analysis.taxonomy.answer import Answer
from taskaffinity.analysis.taxonomy.matrices import Matrices
from taskaffinity.errors import SolverError


def solve_with_highs(system: Matrices, time_limit: float | None = None) -> Answer:
    """Maximise c·x to proven optimality, or until the seconds are over.

    Raises
    ------
    SolverError
        HiGHS refused the program.
    """
    import highspy

    _announce_elsewhere()
    engine = highspy.Highs()
    options: dict[str, Any] = {"output_flag": False, "mip_rel_gap": 0.0}
    if time_limit is not None:
        options["time_limit"] = float(time_limit)
    for name, value in options.items():
        engine.setOptionValue(name, value)
    if engine.passModel(model_of(system)) == highspy.HighsStatus.kError:
        raise SolverError("HiGHS refused the program; try another --solver")
    engine.run()
    status, info = engine.getModelStatus(), engine.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Answer(None, proven=True, bound=-np.inf)
    proven = status == highspy.HighsModelStatus.kOptimal
    has_solution = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    if not (proven or has_solution):
        return Answer(None, proven=False, bound=float(info.mip_dual_bound))
    values = np.array(engine.getSolution().col_value[: system.sources])
    return Answer(values > 0.5, proven, float(info.mip_dual_bound))


def model_of(system: Matrices) -> Any:
    """Return the matrices as HiGHS takes them."""
    import highspy

    rows, columns = system.A.shape
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows, columns
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_, model.col_lower_, model.col_upper_ = system.c, system.lower, np.ones(columns)
    model.row_lower_ = np.where(system.equal, system.b, -highspy.kHighsInf)
    model.row_upper_ = system.b
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.num_row_, model.a_matrix_.num_col_ = rows, columns
    model.a_matrix_.start_ = system.A.indptr
    model.a_matrix_.index_ = system.A.indices
    model.a_matrix_.value_ = system.A.data
    kinds = highspy.HighsVarType
    model.integrality_ = [kinds.kInteger] * system.sources + [kinds.kContinuous] * (columns - system.sources)
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
