"""What labels are worth: the prices that a plan puts on the labels of each task and on its budget.

All of it is found by solving again, with one thing changed, since the duals of a Boolean program say
little. Let V be the objective of the best plan within the budget, c_t the cost of all labels of task t.

- *worth* of t: V where its labels cost nothing, minus V where they cannot be bought.
- *next* of t: how much the objective rises when the plan's labels are owned already and those of t are bought
  besides; divided by c_t where it costs anything, to say which task to label next.
- *break-even* of t: the highest cost at which a plan that buys all labels of t is still among the
  best. Above the present cost, it is bought; below, it would have to become cheaper.
- *price of the budget*: how much V rises with a unit of it more, and falls with a unit less.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from taskaffinity.analysis.plan import PlanOptions, PlanTables, Problem, Taxonomy, build
from taskaffinity.analysis.plan.items import capacities, items_of
from taskaffinity.analysis.plan.result import taxonomy_of
from taskaffinity.analysis.plan.solver import TIME_LIMIT, Solver
from taskaffinity.errors import InfeasibleError, InputError

STEPS = 8  # bisections: where costs differ, a break-even cost is exact to a 256th of the budget
ROUNDING = 1e-9  # of an objective: plans that differ by less are alike


@dataclass(frozen=True)
class LabelPrice:
    """What the labels of a task are worth to a plan.

    Attributes
    ----------
    task
        Whose labels.
    cost
        What all of them cost.
    bought
        The share of them that the plan buys, in [0, 1].
    worth
        Objective with them for nothing, minus without them; None where no plan reaches every target without.
    next
        What they add to the plan's own labels; None for a task whose labels are all bought.
    break_even
        The highest cost at which buying all of them is among the best; 0 where they add nothing, None where
        no plan with them is within the budget at any cost.
    """

    task: str
    cost: float
    bought: float
    worth: float | None
    next: float | None
    break_even: float | None

    def to_record(self) -> dict[str, Any]:
        """Return plain values."""
        return dict(vars(self))


@dataclass(frozen=True)
class Prices:
    """The prices at one plan.

    Attributes
    ----------
    plan
        The plan.
    labels
        One entry for every task whose labels can be bought, by name.
    unit
        What is called a unit of the budget.
    more, less
        How much the objective rises with a unit more, and falls with a unit less; None where no plan is
        within it.
    """

    plan: Taxonomy
    labels: tuple[LabelPrice, ...]
    unit: float
    more: float
    less: float | None

    @property
    def label_next(self) -> str | None:
        """The task that adds most for its cost to the labels of the plan; None where none adds anything."""
        rates = {
            price.task: price.next / price.cost if price.cost else float("inf")
            for price in self.labels
            if price.next is not None and price.next > 0
        }
        return max(sorted(rates), key=rates.__getitem__, default=None)

    def to_record(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "budget": self.plan.budget, "compute": self.plan.compute, "objective": self.plan.objective,
            "objective_kind": self.plan.objective_kind,
            "unit": self.unit, "more": self.more, "less": self.less,
            "label_next": self.label_next, "labels": [price.to_record() for price in self.labels],
        }  # fmt: skip


def prices(tables: PlanTables, options: PlanOptions, *, time_limit: float | None = TIME_LIMIT) -> Prices:
    """Find what labels are worth.

    Parameters
    ----------
    tables
        What is known of the transfers.
    options
        A plan with a budget of labels.
    time_limit
        Seconds for each of the plans that are solved.

    Raises
    ------
    InputError
        There is no budget of labels.
    InfeasibleError
        Nothing within the budgets reaches every target.
    """
    if options.budget is None:
        raise InputError("prices of labels need a budget of labels; give --budget")
    problem = build(tables, options)
    plan = taxonomy_of(problem, Solver(problem.program, time_limit=time_limit).solve(problem.capacity))
    again = _Again(problem, options, plan, time_limit)
    unit = again.unit
    less = again.objective(budget=options.budget - unit) if options.budget >= unit else None
    more = again.objective(budget=options.budget + unit)
    return Prices(
        plan, tuple(again.price(task) for task in again.tasks), unit,
        again.gain(more),
        None if less is None else max(0.0, plan.objective - less),
    )  # fmt: skip


class _Again:
    """Solves one plan again and again, with other costs or another budget."""

    def __init__(
        self, problem: Problem, options: PlanOptions, plan: Taxonomy, time_limit: float | None
    ) -> None:
        self.problem, self.options, self.plan, self.time_limit = problem, options, plan, time_limit
        self.tasks = sorted({task for record in problem.records for task in record.labels})
        costs = sorted(cost for task in self.tasks if (cost := self.cost(task)) > 0)
        self.unit = costs[len(costs) // 2] if costs else 1.0
        assert options.budget is not None
        self.budget = options.budget
        self.is_whole = all(_is_whole(cost / self.unit) for cost in (*costs, self.budget)) and not any(
            share < 1 for record in problem.records for share in record.labels.values()
        )

    def cost(self, task: str) -> float:
        """Return what all labels of a task cost."""
        return self.options.label_cost.get(task, 1.0)

    def gain(self, objective: float | None) -> float:
        """Return how much higher than the plan's an objective is, at least 0."""
        return 0.0 if objective is None else max(0.0, objective - self.plan.objective)

    def objective(self, budget: float, costs: Mapping[str, float] | None = None) -> float | None:
        """Return the best objective with another budget and other costs; None where there is no plan."""
        label_cost = {**self.options.label_cost, **(costs or {})}
        options = replace(self.options, budget=max(0.0, budget), label_cost=label_cost)
        records, computation = self.problem.records, self.problem.computation
        program = replace(self.problem.program, items=items_of(records, options, computation))
        try:
            capacity = capacities(options, records, computation)
            bought = Solver(program, time_limit=self.time_limit).solve(capacity).bought
        except InfeasibleError:
            return None
        return float(program.value[program.best(bought)].sum())

    def price(self, task: str) -> LabelPrice:
        """Return what the labels of a task are worth."""
        bought = self.plan.labels.get(task, 0.0)
        free = self.objective(self.budget, {task: 0.0})
        without: float | None = self.plan.objective
        if bought:
            without = self.objective(self.budget, {task: 2.0 * (self.budget + self.cost(task) + 1.0)})
        worth = None if free is None or without is None else max(0.0, free - without)
        return LabelPrice(
            task, self.cost(task), bought, worth,
            None if bought == 1 else self._next(task),
            self._break_even(task, free, without),
        )  # fmt: skip

    def _next(self, task: str) -> float:
        """Return what the labels of a task add to those of the plan, which are owned already."""
        owned = {name: 0.0 for name, share in self.plan.labels.items() if share == 1}
        partly = sum(share * self.cost(name) for name, share in self.plan.labels.items() if share < 1)
        return self.gain(self.objective(partly, {**owned, task: 0.0}))

    def _break_even(self, task: str, free: float | None, without: float | None) -> float | None:
        """Find the highest cost of labels at which the rest of the budget does better than without."""
        if free is None:
            return None
        goal = -float("inf") if without is None else without + ROUNDING * abs(without)
        if free <= goal:
            return 0.0
        step = self.unit if self.is_whole else self.budget / (1 << STEPS)
        low, high = 0, 1 + (round(self.budget / step) if step else 0)  # steps; high is the first too dear
        while high - low > 1:
            middle = (low + high) // 2
            if self._reaches(task, middle * step, goal):
                low = middle
            else:
                high = middle
        return low * step

    def _reaches(self, task: str, cost: float, goal: float) -> bool:
        objective = self.objective(self.budget - cost, {task: 0.0})
        return objective is not None and objective > goal


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < ROUNDING
