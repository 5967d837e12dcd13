"""What computation buys, from tables."""

from pathlib import Path

import pandas as pd
import pytest

from taskaffinity.runs.affinities import Affinities
from taskaffinity.runs.computation import budgets_between, computation_of

AFFINITIES = pd.DataFrame(
    [
        (target, source, value)
        for target, row in {
            "a": {"self": 0.5, "a": 0.2, "b": 0.1, "large": 0.15, "small": 0.05},
            "b": {"self": 0.4, "a": 0.05, "b": 0.2, "large": 0.3, "small": 0.05},
            "c": {"self": 0.1, "a": 0.1, "b": 0.1, "large": 0.6, "small": 0.1},
        }.items()
        for source, value in row.items()
    ],
    columns=["target", "sources", "affinity"],
)
COSTS = {"a": 10e6, "b": 10e6, "c": 10e6, "large": 100e6, "small": 4e6}


def measured(costs: dict[str, float] = COSTS) -> Affinities:
    labels = {name: "" if name in ("large", "small") else name for name in costs}
    table = pd.DataFrame({
        "source": list(costs), "kind": "k", "title": list(costs), "group": "g",
        "labels": list(labels.values()),
        "encoder_operations": list(costs.values()), "encoder_parameters": 1.0, "training_operations": 0.0,
    })  # fmt: skip
    return Affinities(Path("table"), AFFINITIES, sources_table=table)


def test_the_curve_begins_where_plans_are_feasible_and_ends_where_more_does_not_help() -> None:
    record = computation_of(measured())
    assert record is not None
    budgets = [plan.compute for plan in record.curve]
    assert budgets == sorted(budgets)
    assert record.curve[0].sources == ("small",)
    objectives = [plan.objective for plan in record.curve]
    assert objectives == sorted(objectives)
    assert all(plan.compute_used <= plan.compute for plan in record.curve)
    assert sum(plan.compute_used == record.curve[-1].compute_used for plan in record.curve) == 1
    assert set(record.curve[-1].sources) == {"a", "b", "large"}


def test_each_further_encoder_helps() -> None:
    record = computation_of(measured())
    assert record is not None
    assert [set(plan.sources) for plan in record.encoders] == [
        {"large"}, {"a", "large"}, {"a", "b", "large"},
    ]  # fmt: skip
    assert record.encoders[1].labels == {"a": 1.0}


def test_encoders_that_need_no_labels_are_told_apart() -> None:
    record = computation_of(measured())
    assert record is not None
    assert [plan.sources for plan in record.without_labels] == [("large",)]
    assert record.without_labels[0].labels == {}


def test_nothing_is_said_where_a_cost_is_unknown_or_nothing_costs() -> None:
    assert computation_of(measured({**COSTS, "a": float("nan")})) is None
    assert computation_of(measured(dict.fromkeys(COSTS, 0.0))) is None
    assert computation_of(Affinities(Path("table"), AFFINITIES)) is None


@pytest.mark.parametrize("costs", [[1.0], [3.0, 4e9], [0.0, 7.0], [19e6] * 30])
def test_budgets_reach_from_the_cheapest_encoder_to_all_together(costs: list[float]) -> None:
    budgets = budgets_between(costs)
    assert budgets == sorted(budgets)
    assert budgets[0] >= min(cost for cost in costs if cost)
    assert budgets[-1] >= sum(costs) or budgets[-1] == pytest.approx(sum(costs))
