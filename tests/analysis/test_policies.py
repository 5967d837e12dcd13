from collections import Counter

import numpy as np
import pandas as pd
import pytest
from support.affinities import random_table

from taskaffinity.analysis.policies import draw
from taskaffinity.analysis.taxonomy import build
from taskaffinity.errors import InfeasibleError


def test_policies_are_feasible_spend_the_budget_and_repeat() -> None:
    program = build(random_table(1))
    policies = draw(program, 3, 200, seed=1)
    assert (policies.bought.sum(axis=1) == 3).all()
    for bought, chosen in zip(policies.bought, policies.chosen, strict=True):
        assert program.admissible(bought)[chosen].all()
        np.testing.assert_array_equal(program.target[chosen], np.arange(len(program.targets)))
    np.testing.assert_array_equal(draw(program, 3, 200, seed=1).chosen, policies.chosen)
    assert (draw(program, 3, 200, seed=2).chosen != policies.chosen).any()


def test_source_sets_and_transfers_are_uniform() -> None:
    rows = [("t", name, 0.1) for name in ("a", "b", "c", "a+b", "a+c")]
    program = build(pd.DataFrame(rows, columns=["target", "sources", "affinity"]))
    policies = draw(program, 2, 9000, seed=0)
    sets = Counter(map(tuple, policies.bought.tolist()))
    assert len(sets) == 3
    assert all(abs(count / 3000 - 1) < 0.1 for count in sets.values())
    with_ab = policies.chosen[(policies.bought == [True, True, False]).all(axis=1), 0]
    counts = Counter(with_ab.tolist())
    assert len(counts) == 3
    assert all(abs(3 * count / len(with_ab) - 1) < 0.15 for count in counts.values())


def test_unequal_costs_leave_nothing_affordable() -> None:
    program = build(random_table(1), label_cost={"t0": 2.5, "s0": 0.5, "t1": 0.0})
    policies = draw(program, 3, 100, seed=0)
    spent = policies.bought @ program.cost
    assert (spent <= 3 + 1e-9).all()
    for bought, cost in zip(policies.bought, spent, strict=True):
        assert (program.cost[~bought] > 3 - cost).all()


def test_a_budget_that_hardly_ever_does_is_an_error() -> None:
    rows = [(f"t{i}", f"s{i}", 0.5) for i in range(12)]
    program = build(pd.DataFrame(rows, columns=["target", "sources", "affinity"]))
    with pytest.raises(InfeasibleError, match="random policies of budget 6"):
        draw(program, 6, 5, seed=0)


def test_means_leave_unknown_values_out() -> None:
    program = build(random_table(1))
    policies = draw(program, 3, 10, seed=0)
    values = np.where(program.target == 0, np.nan, 0.25)
    np.testing.assert_allclose(policies.means(values), 0.25)
    assert np.isnan(policies.means(np.full(len(values), np.nan))).all()
