from dataclasses import replace

import pandas as pd
import pytest

from taskaffinity.analysis.plan import PlanOptions, PlanTables, best_objective
from taskaffinity.analysis.prices import prices
from taskaffinity.errors import InputError

TABLE = pd.DataFrame(
    [
        ("x", "self", 0.9), ("x", "b", 0.3), ("x", "c", 0.2), ("x", "d", 0.1),
        ("b", "self", 0.6), ("b", "x", 0.2), ("b", "c", 0.4), ("b", "d", 0.2),
        ("c", "self", 0.5), ("c", "x", 0.1), ("c", "b", 0.3), ("c", "d", 0.45),
    ],
    columns=["target", "sources", "affinity"],
)  # fmt: skip
TABLES = PlanTables(TABLE)


def objective(budget: float, **costs: float) -> float:
    """The best objective, by trying every set of sources."""
    found = best_objective(TABLES, PlanOptions(budget=budget, label_cost=costs))
    assert found is not None
    return found


def test_worth_and_prices_of_the_budget_are_differences_of_objectives() -> None:
    found = prices(TABLES, PlanOptions(budget=2))
    assert found.more == pytest.approx(objective(3) - objective(2))
    assert found.less == pytest.approx(objective(2) - objective(1))
    for price in found.labels:
        free, without = objective(2, **{price.task: 0.0}), objective(2, **{price.task: 99.0})
        assert price.worth == pytest.approx(free - without)
        assert price.bought == found.plan.labels.get(price.task, 0.0)


def test_the_next_labels_are_those_that_add_most_to_the_labels_of_the_plan() -> None:
    found = prices(TABLES, PlanOptions(budget=1))
    owned = dict.fromkeys(found.plan.labels, 0.0)
    best = objective(1)
    gains = {
        price.task: objective(0, **owned, **{price.task: 0.0}) - best
        for price in found.labels
        if price.next is not None
    }
    assert {price.task: price.next for price in found.labels if price.next is not None} == pytest.approx(
        gains
    )
    assert found.label_next == max(sorted(gains), key=gains.__getitem__)


@pytest.mark.parametrize("costs", [{}, {"x": 1.3, "b": 0.7}])
def test_labels_are_bought_up_to_their_break_even_cost_and_not_above(costs: dict[str, float]) -> None:
    options = PlanOptions(budget=2, label_cost=costs)
    step = 0.02
    for price in prices(TABLES, options).labels:
        assert price.break_even is not None
        without = objective(2, **{**costs, price.task: 99.0})
        if price.break_even > step:
            assert objective(2, **{**costs, price.task: price.break_even - step}) > without
        assert objective(2, **{**costs, price.task: price.break_even + step}) == pytest.approx(without)


def test_costs_of_rivals_do_not_change_the_plan_itself() -> None:
    options = PlanOptions(budget=2, label_cost={"d": 3.0})
    found = prices(TABLES, options)
    again = prices(TABLES, replace(options, label_cost={"d": 5.0}))
    assert found.plan.objective == again.plan.objective


def test_a_budget_of_labels_is_needed() -> None:
    with pytest.raises(InputError, match="budget"):
        prices(TABLES, PlanOptions(compute=1.0, compute_cost={"x": 1, "b": 1, "c": 1, "d": 1}))
