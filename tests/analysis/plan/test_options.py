import pickle
from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from taskaffinity.analysis.plan import PlanOptions, Share
from taskaffinity.analysis.plan.options import read_compute, write_compute
from taskaffinity.errors import InputError


@pytest.mark.parametrize(
    ("text", "amount"),
    [("2.5", 2.5), ("1e3", 1e3), ("3k", 3e3), ("1.2 G", 1.2e9), ("2M", 2e6), ("50%", Share(0.5)), (4, 4.0)],
)
def test_amounts_of_computation(text: Any, amount: Any) -> None:
    assert PlanOptions(compute=text).compute == amount


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "needs a budget"),
        ({"budget": -1}, "budget is -1"),
        ({"budget": float("nan")}, "budget is nan"),
        ({"budget": "much"}, "budget is 'much'"),
        ({"compute": -1.0}, "compute is -1"),
        ({"compute": "-1"}, "not an amount"),
        ({"compute": "1.2.3"}, "not an amount"),
        ({"compute": "0%"}, "not within"),
        ({"budget": 1, "order": 0}, "order 0 is below 1"),
        ({"budget": 1, "order": 1.5}, "order 1.5"),
        ({"budget": 1, "transfer_size": 0}, "transfer size 0"),
        ({"budget": 1, "objective": "loss"}, "objective 'loss' is unknown"),
        ({"budget": 1, "importance": {"a": -1}}, "importance of 'a' is -1"),
        ({"budget": 1, "label_cost": {"a": float("inf")}}, "label cost of 'a' is inf"),
        ({"budget": 1, "compute_cost": {"a": None}}, "compute cost of 'a' is None"),
        ({"budget": 1, "required": ["a"], "novel": ["a"]}, "'a' is both required and excluded"),
    ],
)
def test_options_that_cannot_be_used(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        PlanOptions(**given)


def test_options_are_frozen_and_travel_between_processes() -> None:
    options = PlanOptions(budget=1, importance={"a": 2}, novel="a", excluded=["b", "b"])
    assert options.novel == frozenset("a")
    assert pickle.loads(pickle.dumps(options)) == options
    assert replace(options, budget=2).without_amounts() == options.without_amounts()
    with pytest.raises(FrozenInstanceError):
        options.budget = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        options.importance["a"] = 3  # type: ignore[index]
    with pytest.raises(TypeError):
        PlanOptions(budget=1, exclude=["a"])  # type: ignore[call-arg]


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.0, 999.0, 1e3, 1.5e6, 2.34e9, 5e12, 7e15])
def test_an_amount_that_is_written_is_read_again(amount: float) -> None:
    assert read_compute(write_compute(amount)) == pytest.approx(amount, rel=5e-3)
