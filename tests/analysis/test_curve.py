import json
from itertools import pairwise

import pytest
from support.affinities import random_table, rates

from taskaffinity.analysis.curve import curve
from taskaffinity.analysis.taxonomy import solve
from taskaffinity.errors import InputError


def test_records_are_those_of_the_solver_against_chance() -> None:
    table = random_table(2)
    gain, quality = rates(table, "gain", 1), rates(table, "quality", 2)
    records = json.loads(
        json.dumps(curve(table, [1, 3], orders=[1, 3], random=100, gain=gain, quality=quality))
    )
    assert [(r["order"], r["budget"]) for r in records] == [(1, 1), (1, 3), (3, 1), (3, 3)]
    for record in records:
        taxonomy = solve(table, record["budget"], order=record["order"], gain=gain, quality=quality)
        assert record["objective"] == pytest.approx(taxonomy.objective)
        assert record["mean_gain"] == pytest.approx(taxonomy.mean_gain)
        assert record["random"]["count"] == 100
        assert record["random"]["objective"]["p95"] <= record["objective"] + 1e-9
        for name in ("gain", "quality", "objective"):
            assert all(low <= high for low, high in pairwise(record["random"][name].values()))
        assert 1 / 101 <= record["p_value"] <= 1


def test_the_p_value_counts_policies_that_gain_as_much() -> None:
    table = random_table(2)
    even = rates(table, "gain", 1).assign(gain=0.5)
    assert curve(table, [2], random=50, gain=even)[0]["p_value"] == 1.0
    chosen = {(t.target, "+".join(t.sources)) for t in solve(table, 2).transfers}
    sources = even["sources"].where(even["sources"] != "self", even["target"])
    ours = [1.0 if key in chosen else 0.1 for key in zip(even["target"], sources, strict=True)]
    assert curve(table, [2], random=50, gain=even.assign(gain=ours))[0]["p_value"] < 0.1


def test_without_win_rates_the_objective_stands_in() -> None:
    record = curve(random_table(2), [2], random=50)[0]
    assert record["mean_gain"] is None
    assert record["random"]["gain"] is None
    assert record["p_value"] >= 1 / 51


def test_without_random_policies_there_is_no_p_value() -> None:
    record = curve(random_table(2), [2], random=0)[0]
    assert record["random"] is None
    assert record["p_value"] is None


def test_bad_input() -> None:
    with pytest.raises(InputError, match="no budget"):
        curve(random_table(2), [])
    with pytest.raises(InputError, match="below 1"):
        curve(random_table(2), [2, 0])
    with pytest.raises(InputError, match="cannot be drawn"):
        curve(random_table(2), [2], random=-1)
