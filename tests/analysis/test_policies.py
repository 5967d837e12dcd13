from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.affinities import random_table

from taskaffinity.analysis.plan import PlanOptions, PlanTables, Problem, build
from taskaffinity.analysis.policies import Policies, draw
from taskaffinity.errors import InfeasibleError


def problem(table: pd.DataFrame, budget: float, **given: Any) -> Problem:
    return build(PlanTables(table), PlanOptions(budget=budget, **given))


def drawn(of: Problem, count: int, seed: int) -> Policies:
    return draw(of.program, of.capacity, count, seed)


def test_policies_are_feasible_spend_the_budget_and_repeat() -> None:
    of = problem(random_table(1), 3)
    program, policies = of.program, drawn(of, 200, seed=1)
    assert (policies.bought.sum(axis=1) == 3).all()
    for bought, chosen in zip(policies.bought, policies.chosen, strict=True):
        assert program.admissible(bought)[chosen].all()
        np.testing.assert_array_equal(program.target[chosen], np.arange(len(program.targets)))
    np.testing.assert_array_equal(drawn(of, 200, seed=1).chosen, policies.chosen)
    assert (drawn(of, 200, seed=2).chosen != policies.chosen).any()


def test_source_sets_and_transfers_are_uniform() -> None:
    rows = [("t", name, 0.1) for name in ("a", "b", "c", "a+b", "a+c")]
    policies = drawn(problem(pd.DataFrame(rows, columns=["target", "sources", "affinity"]), 2), 9000, seed=0)
    sets = Counter(map(tuple, policies.bought.tolist()))
    assert len(sets) == 3
    assert all(abs(count / 3000 - 1) < 0.1 for count in sets.values())
    with_ab = policies.chosen[(policies.bought == [True, True, False]).all(axis=1), 0]
    counts = Counter(with_ab.tolist())
    assert len(counts) == 3
    assert all(abs(3 * count / len(with_ab) - 1) < 0.15 for count in counts.values())


def test_unequal_costs_leave_nothing_affordable() -> None:
    of = problem(random_table(1), 3, label_cost={"t0": 2.5, "s0": 0.5, "t1": 0.0})
    policies, costs = drawn(of, 100, seed=0), of.program.items.cost
    spent = policies.bought @ costs
    assert (spent <= 3 + 1e-9).all()
    for bought, cost in zip(policies.bought, spent, strict=True):
        assert (costs[~bought] > 3 - cost).all()


def test_a_budget_that_hardly_ever_does_is_an_error() -> None:
    rows = [(f"t{i}", f"s{i}", 0.5) for i in range(12)]
    of = problem(pd.DataFrame(rows, columns=["target", "sources", "affinity"]), 6)
    with pytest.raises(InfeasibleError, match="random policies of budget 6"):
        drawn(of, 5, seed=0)


def test_means_leave_unknown_values_out() -> None:
    of = problem(random_table(1), 3)
    program, policies = of.program, drawn(of, 10, seed=0)
    values = np.where(program.target == 0, np.nan, 0.25)
    np.testing.assert_allclose(policies.means(values), 0.25)
    assert np.isnan(policies.means(np.full(len(values), np.nan))).all()


def test_policies_under_a_budget_of_computation_spend_within_it() -> None:
    names = [f"t{i}" for i in range(5)] + ["s0", "s1"]
    costs = {name: 1.0 + 0.25 * i for i, name in enumerate(names)}
    of = build(PlanTables(random_table(1)), PlanOptions(compute=4, compute_cost=costs))
    policies = drawn(of, 100, seed=0)
    for bought, chosen in zip(policies.bought, policies.chosen, strict=True):
        assert of.program.affords(of.capacity, bought)
        assert of.program.admissible(bought)[chosen].all()
