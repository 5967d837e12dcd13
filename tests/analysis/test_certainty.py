import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis.certainty import certainty
from taskaffinity.analysis.plan import PlanOptions, PlanTables, SourceRecord, solve
from taskaffinity.errors import InputError, TableError

TABLE = pd.DataFrame(
    [
        ("x", "a", 0.5), ("x", "b", 0.49), ("x", "c", 0.1),
        ("y", "a", 0.4), ("y", "b", 0.4), ("y", "c", 0.2),
        ("z", "a", 0.32), ("z", "b", 0.31), ("z", "c", 0.35),
    ],
    columns=["target", "sources", "affinity"],
)  # fmt: skip
RECORDS = tuple(
    SourceRecord(name, {name: 1.0}, group=g) for name, g in (("a", "2D"), ("b", "3D"), ("c", "3D"))
)
TABLES = PlanTables(TABLE, sources=RECORDS)
OPTIONS = PlanOptions(budget=1, label_cost={"b": 0.5})


def drawn(spread: float, count: int = 400) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, spread, (count, len(TABLE)))
    return np.clip(TABLE["affinity"].to_numpy() + noise, 1e-3, 1)


def test_without_noise_everything_is_certain() -> None:
    found = certainty(TABLES, OPTIONS, drawn(0.0, 20))
    assert found.same == 1
    used = set(found.plan.sources)
    assert {one.source: one.probability for one in found.sources} == {
        name: float(name in used) for name in "abc"
    }
    assert all(edge.probability == 1 for edge in found.edges)
    assert [one.sources for one in found.equals] == [found.plan.sources]


def test_probabilities_are_shares_of_the_plans_of_resamples() -> None:
    values = drawn(0.05, 60)
    found = certainty(TABLES, OPTIONS, values)
    plans = [solve(PlanTables(TABLE.assign(affinity=row), sources=RECORDS), OPTIONS) for row in values]
    for one in found.sources:
        assert one.probability == np.mean([one.source in plan.sources for plan in plans])
    for edge in found.edges:
        chosen = [
            t.sources == edge.sources for plan in plans for t in plan.transfers if t.target == edge.target
        ]
        assert edge.probability == np.mean(chosen)
    groups = {record.source: record.group for record in RECORDS}
    assert found.groups["3D"] == np.mean([any(groups[s] == "3D" for s in plan.sources) for plan in plans])


def test_a_cheaper_plan_within_the_noise_is_an_equal() -> None:
    """a alone is worth 1.22 and costs 1; b alone 1.20 and costs half."""
    found = certainty(TABLES, PlanOptions(budget=1, label_cost={"b": 0.5}), drawn(0.05))
    assert ("b",) in {one.sources for one in found.equals}
    assert found.cheapest.sources == ("b",)
    costs = [one.cost for one in found.equals]
    assert costs == sorted(costs)


def test_margins_are_what_deciding_otherwise_costs() -> None:
    found = certainty(TABLES, OPTIONS, drawn(0.01, 10))
    best = found.plan.objective
    for one in found.sources:
        change = {"excluded": {one.source}} if one.is_used else {"required": {one.source}}
        other = solve(TABLES, PlanOptions(budget=1, label_cost={"b": 0.5}, **change))
        assert one.margin == pytest.approx((best - other.objective) / best, abs=1e-12)
    assert found.flip is not None
    assert found.flip.margin == min(one.margin for one in found.sources if one.margin is not None)


def test_resamples_that_do_not_fit_are_refused() -> None:
    with pytest.raises(TableError, match="resample"):
        certainty(TABLES, OPTIONS, np.ones((3, 2)))
    with pytest.raises(InputError, match="resample"):
        certainty(TABLES, OPTIONS, np.ones((0, len(TABLE))))
    with pytest.raises(InputError, match="gain"):
        certainty(TABLES, PlanOptions(budget=1, objective="gain"), drawn(0.1, 3))
