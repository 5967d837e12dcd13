import json
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from support.affinities import random_table, rates

from taskaffinity.analysis.curve import curve
from taskaffinity.analysis.plan import PlanOptions, PlanTables, solve
from taskaffinity.errors import InputError

NAMES = [f"t{i}" for i in range(5)] + ["s0", "s1"]


def at(budget: float, **given: Any) -> PlanOptions:
    return PlanOptions(budget=budget, **given)


def test_records_are_those_of_the_solver_against_chance() -> None:
    table = random_table(2)
    tables = PlanTables(table, rates(table, "gain", 1), rates(table, "quality", 2))
    steps = [at(budget, order=order) for order in (1, 3) for budget in (1, 3)]
    records = json.loads(json.dumps(curve(tables, steps, random=100)))
    assert [(r["order"], r["budget"]) for r in records] == [(1, 1), (1, 3), (3, 1), (3, 3)]
    for record, options in zip(records, steps, strict=True):
        taxonomy = solve(tables, options)
        assert record["objective"] == pytest.approx(taxonomy.objective)
        assert record["mean_gain"] == pytest.approx(taxonomy.mean_gain)
        assert record["random"]["count"] == 100
        assert record["random"]["objective"]["p95"] <= record["objective"] + 1e-9
        for name in ("gain", "quality", "objective"):
            assert all(low <= high for low, high in pairwise(record["random"][name].values()))
        assert 1 / 101 <= record["p_value"] <= 1


def test_a_curve_over_computation_rises_and_stays_within_it() -> None:
    costs = {name: 1.0 + 0.25 * i for i, name in enumerate(NAMES)}
    steps = [PlanOptions(compute=amount, compute_cost=costs) for amount in (2, 3, "60%")]
    records = curve(PlanTables(random_table(2)), steps, random=20)
    assert [record["budget"] for record in records] == [None] * 3
    assert [record["compute"] for record in records] == [2, 3, pytest.approx(0.6 * sum(costs.values()))]
    for record in records:
        assert record["compute_used"] == pytest.approx(sum(costs[name] for name in record["sources_used"]))
        assert record["compute_used"] <= record["compute"]
    assert all(a["objective"] <= b["objective"] for a, b in pairwise(records))


def test_the_p_value_counts_policies_that_gain_as_much() -> None:
    table = random_table(2)
    even = rates(table, "gain", 1).assign(gain=0.5)
    assert curve(PlanTables(table, even), [at(2)], random=50)[0]["p_value"] == 1.0
    chosen = {(t.target, "+".join(t.sources)) for t in solve(PlanTables(table), at(2)).transfers}
    sources = even["sources"].where(even["sources"] != "self", even["target"])
    ours = [1.0 if key in chosen else 0.1 for key in zip(even["target"], sources, strict=True)]
    assert curve(PlanTables(table, even.assign(gain=ours)), [at(2)], random=50)[0]["p_value"] < 0.1


@pytest.fixture
def tables() -> PlanTables:
    return PlanTables(pd.DataFrame(random_table(2)))


def test_without_win_rates_the_objective_stands_in(tables: PlanTables) -> None:
    record = curve(tables, [at(2)], random=50)[0]
    assert record["mean_gain"] is None
    assert record["random"]["gain"] is None
    assert record["p_value"] >= 1 / 51


def test_without_random_policies_there_is_no_p_value(tables: PlanTables) -> None:
    record = curve(tables, [at(2)], random=0)[0]
    assert record["random"] is None
    assert record["p_value"] is None


def test_bad_input(tables: PlanTables) -> None:
    with pytest.raises(InputError, match="no budget"):
        curve(tables, [])
    with pytest.raises(InputError, match="cannot be drawn"):
        curve(tables, [at(2)], random=-1)
