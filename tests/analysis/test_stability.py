import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.affinities import random_table

from taskaffinity.analysis.plan import PlanOptions, PlanTables, solve
from taskaffinity.analysis.stability import edge_shares
from taskaffinity.errors import InputError, TableError


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000))
def test_shares_are_shares(seed: int) -> None:
    table = random_table(seed, tasks=4)
    noise = np.random.default_rng(seed).lognormal(sigma=1.0, size=(6, len(table)))
    steps = [PlanOptions(budget=budget, objective="sqrt") for budget in (1, 3)]
    for of_budget in edge_shares(PlanTables(table), table["affinity"].to_numpy() * noise, steps):
        totals = dict.fromkeys(table["target"], 0.0)
        for (target, _), share in of_budget.items():
            assert 0 < share <= 1
            totals[target] += share
        assert list(totals.values()) == pytest.approx([1.0] * 4)


def test_the_same_table_again_and_again_gives_its_own_taxonomy() -> None:
    table = random_table(3)
    weights = {"t0": 3.0, "t1": 0.0}
    options = PlanOptions(budget=2, importance=weights)
    (shares,) = edge_shares(PlanTables(table), [table.sample(frac=1.0, random_state=1)] * 3, [options])
    chosen = solve(PlanTables(table), options)
    assert shares == {(t.target, "+".join(t.sources)): 1.0 for t in chosen.transfers}
    assert all(t.share == 1.0 for t in chosen.with_shares(shares).transfers)


def test_bad_input() -> None:
    table = random_table(3)
    tables, step = PlanTables(table), PlanOptions(budget=2)
    with pytest.raises(InputError, match="no resample"):
        edge_shares(tables, [], [step])
    with pytest.raises(InputError, match="objective 'gain'"):
        edge_shares(tables, [table], [PlanOptions(budget=2, objective="gain")])
    with pytest.raises(TableError, match="does not have the transfers"):
        edge_shares(tables, [table.head(5)], [step])
    with pytest.raises(TableError, match="does not have the transfers"):
        edge_shares(tables, [np.ones(3)], [step])
