import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.affinities import random_table

from taskaffinity.analysis.stability import edge_shares
from taskaffinity.analysis.taxonomy import solve
from taskaffinity.errors import InputError, TableError


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000))
def test_shares_are_shares(seed: int) -> None:
    table = random_table(seed, tasks=4)
    noise = np.random.default_rng(seed).lognormal(sigma=1.0, size=(6, len(table)))
    shares = edge_shares(table, table["affinity"].to_numpy() * noise, [1, 3], objective="sqrt")
    for of_budget in shares.values():
        totals = dict.fromkeys(table["target"], 0.0)
        for (target, _), share in of_budget.items():
            assert 0 < share <= 1
            totals[target] += share
        assert list(totals.values()) == pytest.approx([1.0] * 4)


def test_the_same_table_again_and_again_gives_its_own_taxonomy() -> None:
    table = random_table(3)
    weights = {"t0": 3.0, "t1": 0.0}
    shares = edge_shares(table, [table.sample(frac=1.0, random_state=1)] * 3, [2], importance=weights)
    chosen = solve(table, 2, importance=weights)
    assert shares[2] == {(t.target, "+".join(t.sources)): 1.0 for t in chosen.transfers}
    assert all(t.share == 1.0 for t in chosen.with_shares(shares[2]).transfers)


def test_bad_input() -> None:
    table = random_table(3)
    with pytest.raises(InputError, match="no resample"):
        edge_shares(table, [], [2])
    with pytest.raises(InputError, match="objective 'gain'"):
        edge_shares(table, [table], [2], objective="gain")
    with pytest.raises(TableError, match="does not have the transfers"):
        edge_shares(table, [table.head(5)], [2])
    with pytest.raises(TableError, match="does not have the transfers"):
        edge_shares(table, [np.ones(3)], [2])
