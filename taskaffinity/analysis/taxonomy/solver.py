"""Solving the Boolean program to proven optimality, for one budget or for many.

Four steps, each leaving less to the next: dominated transfers go; greedy additions and swaps give an
incumbent; a Lagrangian bound rules out sources and transfers that nothing better can use; a mixed-integer
solver settles what is left. Between budgets the incumbent and the multipliers are kept.
"""

import time
from dataclasses import replace

import numpy as np
import pandas as pd

from taskaffinity.analysis.taxonomy import backend
from taskaffinity.analysis.taxonomy.bound import Bound, bound
from taskaffinity.analysis.taxonomy.build import build
from taskaffinity.analysis.taxonomy.feasible import require_feasible
from taskaffinity.analysis.taxonomy.heuristic import search
from taskaffinity.analysis.taxonomy.matrices import matrices
from taskaffinity.analysis.taxonomy.program import NONE, Program
from taskaffinity.analysis.taxonomy.prune import undominated
from taskaffinity.analysis.taxonomy.result import Taxonomy, taxonomy_of
from taskaffinity.analysis.taxonomy.solution import Solution
from taskaffinity.errors import InputError, SolverError

LARGE = 10_000  # transfers
STEPS, STEPS_WHEN_LARGE = 200, 1500  # of the bound


class Solver:
    """Solves one program for any number of budgets.

    Parameters
    ----------
    program
        The program.
    solver
        The mixed-integer solver: ``highs``, ``cbc``, or another that pulp finds.
    time_limit
        Seconds for one budget; None for as long as it takes.
    """

    def __init__(self, program: Program, solver: str = "highs", time_limit: float | None = None) -> None:
        backend.check_solver(solver)
        if time_limit is not None and not time_limit > 0:
            raise InputError(f"time limit {time_limit} is not above 0; give seconds, or leave it out")
        self.program = program.only(undominated(program))
        self._solver, self._time_limit = solver, time_limit
        self._bought: np.ndarray | None = None
        self._multipliers: np.ndarray | None = None

    def solve(self, budget: float) -> Solution:
        """Find the best sources within a budget.

        Raises
        ------
        InputError
            The budget is below 1.
        InfeasibleError
            Nothing within the budget reaches every target; says what would do.
        SolverError
            Time ran out before any solution was found.
        """
        begun = time.monotonic()
        check_budget(budget)
        bought = self._incumbent(budget)
        if bought is None:
            require_feasible(self.program, budget, self._solver)
            return self._solve_cold(budget, begun)
        objective = self.program.score(self.program.best(bought))
        limit = self._bound(budget, objective, begun)
        solution = self._settle(bought, objective, limit, budget, begun)
        self._bought, self._multipliers = solution.bought, limit.multipliers
        return solution

    def _incumbent(self, budget: float) -> np.ndarray | None:
        """Search from nothing and from the last solution; None where no start reaches every target."""
        program = self.program
        if program.cost @ program.required > budget + 1e-9:
            return None
        found = [search(program, budget)]
        if self._bought is not None and program.cost @ self._bought <= budget + 1e-9:
            found.append(search(program, budget, self._bought))
        best = max(found, key=lambda bought: program.score(program.best(bought)))
        return None if (program.best(best) == NONE).any() else best

    def _bound(self, budget: float, objective: float, begun: float) -> Bound:
        """Bound the objective; a large program is worth more steps, but not more than half of the time."""
        large = len(self.program.target) > LARGE
        deadline = np.inf if self._time_limit is None else begun + self._time_limit / 2
        steps = STEPS_WHEN_LARGE if large else STEPS
        return bound(self.program, budget, objective, self._multipliers, steps, deadline)

    def _settle(
        self, bought: np.ndarray, objective: float, limit: Bound, budget: float, begun: float
    ) -> Solution:
        """Ask the mixed-integer solver whether what the bound leaves holds anything better."""
        rest = _rest(self.program, limit)
        if rest is None:
            return Solution(bought, objective, proven=True)
        answer = backend.solve_matrices(matrices(rest, budget), self._solver, self._time_left(begun))
        if answer.bought is not None:
            score = self.program.score(self.program.best(answer.bought))
            if score > objective:
                bought, objective = answer.bought, score
        highest = max(objective, min(limit.value, answer.bound))
        return Solution(
            bought, objective if answer.proven else highest, answer.proven or _met(objective, highest)
        )

    def _solve_cold(self, budget: float, begun: float) -> Solution:
        """Solve without an incumbent."""
        answer = backend.solve_matrices(matrices(self.program, budget), self._solver, self._time_left(begun))
        if answer.bought is None:
            raise SolverError(
                f"no taxonomy of budget {budget:g} found in {self._time_limit} s; give --time-limit more"
            )
        objective = self.program.score(self.program.best(answer.bought))
        highest = objective if answer.proven else max(objective, answer.bound)
        return Solution(answer.bought, highest, answer.proven)

    def _time_left(self, begun: float) -> float | None:
        if self._time_limit is None:
            return None
        return max(self._time_limit - (time.monotonic() - begun), 0.1)


def _met(objective: float, highest: float) -> bool:
    return highest - objective <= 1e-9 * max(1.0, abs(objective))


def _rest(program: Program, limit: Bound) -> Program | None:
    """Return what could still beat the incumbent; None where nothing could."""
    barred = ~limit.in_some
    possible = limit.possible & (program.members @ barred.astype(float) == 0)
    reached = np.zeros(len(program.targets), bool)
    reached[program.target[possible]] = True
    if (limit.in_all & barred).any() or (program.required & barred).any() or not reached.all():
        return None
    return replace(program, required=program.required | limit.in_all).only(possible)


def check_budget(budget: float) -> None:
    """Refuse a budget below 1."""
    if not (np.isfinite(budget) and budget >= 1):
        raise InputError(f"budget {budget:g} is below 1; give what the sources may cost together")


def solve(
    affinities: pd.DataFrame,
    budget: float,
    *,
    solver: str = "highs",
    time_limit: float | None = None,
    **options: object,
) -> Taxonomy:
    """Choose the sources to supervise and a transfer into every target.

    Parameters
    ----------
    affinities
        Columns ``target``, ``sources``, ``affinity``.
    budget
        What the sources may cost together; at least 1.
    solver
        ``highs``, ``cbc``, or another that pulp finds.
    time_limit
        Seconds; a taxonomy that was not proven best by then says so in its ``status``.
    **options
        Those of `build`: order, objective, gain, quality, importance, label_cost, exclude, require, novel.

    Returns
    -------
    Taxonomy
        Optimal where its ``status`` says so.

    Raises
    ------
    InputError, TableError
        Something given cannot be used.
    InfeasibleError
        Nothing within the budget reaches every target.
    SolverError
        Time ran out before any solution was found.
    """
    check_budget(budget)
    program = build(affinities, **options)  # type: ignore[arg-type]
    solved = Solver(program, solver, time_limit)
    return taxonomy_of(solved.program, solved.solve(budget), budget)
