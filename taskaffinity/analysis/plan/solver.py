"""Solving the Boolean program to proven optimality, for one budget or for many.

Four steps, each leaving less to the next: dominated transfers go; greedy additions and swaps give an
incumbent; a Lagrangian bound rules out items and transfers that nothing better can use; a mixed-integer
solver settles what is left. Between budgets the incumbent and the multipliers are kept.

Values are scaled to [0, 1] before, and budgets to 1, so that the tolerances of every step are relative to the
scale of the objective. What a mixed-integer solver returns within its tolerance is checked: items that exceed
a budget are cut off, and it is asked again.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from taskaffinity.analysis.plan import backends
from taskaffinity.analysis.plan.bound import Bound, accuracy, bound
from taskaffinity.analysis.plan.build import PlanTables, build
from taskaffinity.analysis.plan.formulation import BackendAnswer, cover_of, formulate, without_cover
from taskaffinity.analysis.plan.heuristic import first_of_equals, search
from taskaffinity.analysis.plan.infeasible import infeasible
from taskaffinity.analysis.plan.options import PlanOptions
from taskaffinity.analysis.plan.program import NONE, Program
from taskaffinity.analysis.plan.reduce import remainder, undominated
from taskaffinity.analysis.plan.result import Solution, Taxonomy, taxonomy_of
from taskaffinity.errors import InputError, SolverError

TIME_LIMIT = 600.0  # seconds for one budget
LARGE = 10_000  # transfers
STEPS, STEPS_WHEN_LARGE = 200, 1500  # of the bound
REFINEMENTS = 4  # times that what a better answer leaves is asked again
CUTS = 100  # times that a mixed-integer solver is asked again, since its answer exceeds a budget


def solve(
    tables: PlanTables, options: PlanOptions, *, solver: str = "highs", time_limit: float | None = TIME_LIMIT
) -> Taxonomy:
    """Choose the labels to buy, the sources to use, and a transfer into every target.

    Parameters
    ----------
    tables
        What is known of the transfers.
    options
        Budgets, objective, costs, and what must or must not be used.
    solver
        ``highs``, ``cbc``, or another that pulp finds.
    time_limit
        Seconds; a plan that was not proven best by then says so in its ``status``. None for no limit.

    Returns
    -------
    Taxonomy
        Optimal where its ``status`` says so.

    Raises
    ------
    InputError, TableError
        Something given cannot be used.
    InfeasibleError
        Nothing within the budgets reaches every target.
    SolverError
        Time ran out before any plan was found.
    """
    problem = build(tables, options)
    solution = Solver(problem.program, solver, time_limit).solve(problem.capacity)
    return taxonomy_of(problem, solution)


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

    def __init__(
        self, program: Program, solver: str = "highs", time_limit: float | None = TIME_LIMIT
    ) -> None:
        backends.check_solver(solver)
        if time_limit is not None and not time_limit > 0:
            raise InputError(f"time limit {time_limit} is not above 0; give seconds, or leave it out")
        self.program = program
        pruned = program.only(undominated(program))
        self._scale = ProgramScale.of(pruned)
        self._scaled = self._scale.apply(pruned)
        self._solver, self._time_limit = solver, time_limit
        self._chosen: np.ndarray | None = None
        self._multipliers: np.ndarray | None = None

    def solve(self, capacity: np.ndarray) -> Solution:
        """Find the best items within the budgets.

        Parameters
        ----------
        capacity
            float64 (2,), what items may cost together, by budget; infinite where it is not set.

        Raises
        ------
        InfeasibleError
            Nothing within the budgets reaches every target; says what would do.
        SolverError
            Time ran out before any solution was found.
        """
        deadline = np.inf if self._time_limit is None else time.monotonic() + self._time_limit
        chosen = self._incumbent(capacity, deadline)
        if chosen is None:
            return self._solve_cold(capacity, deadline)
        self._chosen = chosen
        bought = self._scaled.items_of(chosen)
        objective = self._scaled.score_of(bought)
        return self._settle(bought, objective, capacity, deadline)

    def _incumbent(self, capacity: np.ndarray, deadline: float) -> np.ndarray | None:
        """Search from nothing and from the last plan: bool (S,); None where no start reaches every target."""
        program = self._scaled
        starts = [program.required]
        if self._chosen is not None:
            starts.append(self._chosen)
        found = [
            search(program, capacity, start, deadline)
            for start in starts
            if program.affords(capacity, program.items_of(start))
        ]
        scored = [(program.score_of(program.items_of(chosen)), chosen) for chosen in found]
        best = max(scored, key=lambda pair: pair[0], default=(0.0, None))[1]
        if best is None or (program.best(program.items_of(best)) == NONE).any():
            return None
        return best

    def _bound(self, capacity: np.ndarray, objective: float, deadline: float) -> Bound:
        """Bound the objective; a large program is worth more steps, but not more than half of the time."""
        steps = STEPS_WHEN_LARGE if len(self._scaled.target) > LARGE else STEPS
        now = time.monotonic()
        return bound(self._scaled, capacity, objective, self._multipliers, steps, now + (deadline - now) / 2)

    def _settle(
        self, bought: np.ndarray, objective: float, capacity: np.ndarray, deadline: float
    ) -> Solution:
        """Ask the mixed-integer solver whether what the bound leaves holds anything better.

        A better answer leaves less, which is asked again in its own, finer scale.
        """
        for _ in range(REFINEMENTS):
            limit = self._bound(capacity, objective, deadline)
            rest = remainder(self._scaled, limit)
            if rest is None:
                return self._solution(bought, objective, True, capacity)
            answer = self._solve_rest(rest, capacity, deadline)
            highest = max(objective, min(limit.value, answer.bound))
            improved = answer.bought is not None and self._scaled.score_of(answer.bought) > objective
            if answer.bought is not None and improved:
                bought = self._polished(answer.bought, capacity, deadline)
                objective = self._scaled.score_of(bought)
            if not (improved and answer.proven) or len(self._scaled.target) > LARGE:
                break
        highest = max(objective, highest)
        proven = answer.proven or highest - objective <= accuracy(self._scaled)
        return self._solution(bought, objective if proven else highest, proven, capacity)

    def _solve_cold(self, capacity: np.ndarray, deadline: float) -> Solution:
        """Solve without an incumbent."""
        program = self._scaled
        required_fit = program.affords(capacity, program.required_items)
        answer = (
            self._solve_rest(program, capacity, deadline)
            if required_fit
            else BackendAnswer(None, proven=True)
        )
        if answer.bought is None and answer.proven:
            raise infeasible(program, capacity, self._solver, _left(deadline))
        if answer.bought is None:
            raise SolverError(f"no plan was found in {self._time_limit} s; give --time-limit more")
        bought = self._polished(answer.bought, capacity, deadline)
        objective = self._scaled.score_of(bought)
        highest = objective if answer.proven else max(objective, answer.bound)
        return self._solution(bought, highest, answer.proven, capacity)

    def _solve_rest(self, rest: Program, capacity: np.ndarray, deadline: float) -> BackendAnswer:
        """Give a program to the mixed-integer solver until its answer fits the budgets."""
        scale = ProgramScale.of(rest)
        system = formulate(scale.apply(rest), capacity)
        for _ in range(CUTS):
            answer = backends.solve_system(system, self._solver, _left(deadline))
            answer = replace(answer, bound=scale.back(answer.bound))
            if answer.bought is None:
                return answer
            bought = self._scaled.used(answer.bought)
            if bought is None:
                return BackendAnswer(None, proven=False, bound=answer.bound)
            if self._scaled.affords(capacity, bought):
                return replace(answer, bought=bought)
            system = without_cover(system, cover_of(self._scaled, capacity, bought))
        return BackendAnswer(None, proven=False)

    def _polished(self, bought: np.ndarray, capacity: np.ndarray, deadline: float) -> np.ndarray:
        """Improve by what is below the tolerance of the mixed-integer solver; keep it as a start."""
        program = self._scaled
        used = program.members[program.best(bought)].sum(axis=0) > 0
        self._chosen = search(program, capacity, used, deadline)
        return program.items_of(self._chosen)

    def _solution(self, bought: np.ndarray, highest: float, proven: bool, capacity: np.ndarray) -> Solution:
        """Break the ties of a proven plan, and return to the unit of the program."""
        if not proven:
            return Solution(bought, self._scale.back(highest), proven)
        program = self._scaled
        used = program.members[program.best(bought)].sum(axis=0) > 0
        chosen = first_of_equals(program, capacity, used | program.required)
        return Solution(program.items_of(chosen), self._scale.back(highest), proven)


@dataclass(frozen=True)
class ProgramScale:
    """How values are brought to [0, 1]: each target's lowest is 0, and the widest range of a target is 1.

    Attributes
    ----------
    offset
        Sum of the lowest values.
    width
        The widest range.
    """

    offset: float
    width: float

    @classmethod
    def of(cls, program: Program) -> "ProgramScale":
        """Return the scale of a program."""
        low = np.minimum.reduceat(program.value, program.starts)
        return cls(float(low.sum()), float((program.value - low[program.target]).max()) or 1.0)

    def apply(self, program: Program) -> Program:
        """Return the program with values in [0, 1]; the order of its transfers stays."""
        low = np.minimum.reduceat(program.value, program.starts)
        return replace(program, value=(program.value - low[program.target]) / self.width)

    def back(self, objective: float) -> float:
        """Return a scaled objective in the unit of the program."""
        return self.offset + self.width * objective


def _left(deadline: float) -> float | None:
    """Return the seconds until a deadline, at least a moment; None for no deadline."""
    return None if np.isinf(deadline) else max(deadline - time.monotonic(), 0.1)
