"""Plans with at most so many encoders, against every set of so many."""

from dataclasses import replace
from itertools import combinations

import pandas as pd
import pytest
from support.plans import random_instance

from taskaffinity.analysis.plan import PlanOptions, PlanTables, SourceRecord, best_objective
from taskaffinity.analysis.plan.encoders import solve_with_at_most
from taskaffinity.errors import InfeasibleError, InputError

ENOUGH = 1e12  # multiply-adds


def sources_of(tables: PlanTables) -> list[str]:
    pairs = zip(tables.affinities["target"], tables.affinities["sources"], strict=True)
    names = {name for target, text in pairs for name in ((target,) if text == "self" else text.split("+"))}
    return sorted(names - {"random", "scratch", "constant"})


def best_of_sets(count: int, tables: PlanTables, options: PlanOptions) -> float | None:
    """Try every set of so many sources."""
    names = sources_of(tables)
    values = [
        best_objective(tables, replace(options, excluded={*options.excluded, *names} - set(kept)))
        for kept in combinations([name for name in names if name not in options.excluded], count)
    ]
    return max((value for value in values if value is not None), default=None)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("count", [1, 2])
def test_no_set_of_so_many_encoders_is_better(seed: int, count: int) -> None:
    tables, options = random_instance(seed)
    costs = {name: 1.0 + place for place, name in enumerate(sources_of(tables))}
    asked = replace(options, budget=None, compute=4.0, compute_cost=costs, required=())
    if len(sources_of(tables)) < count:
        return
    best = max(
        (value for size in range(1, count + 1) if (value := best_of_sets(size, tables, asked)) is not None),
        default=None,
    )
    if best is None:
        with pytest.raises(InfeasibleError):
            solve_with_at_most(count, tables, asked)
        return
    plan = solve_with_at_most(count, tables, asked)
    assert len(plan.sources) <= count
    assert plan.objective == pytest.approx(best)
    assert plan.compute_used is not None
    assert plan.compute_used <= 4.0


TABLE = pd.DataFrame(
    {
        "target": ["a", "a", "a", "b", "b", "b"],
        "sources": ["self", "x", "y", "self", "x", "y"],
        "affinity": [0.6, 0.3, 0.1, 0.1, 0.4, 0.5],
    }
)
RECORDS = (
    SourceRecord("a", {"a": 1.0}, encoder_operations=10.0),
    SourceRecord("x", {}, encoder_operations=30.0),
    SourceRecord("y", {"b": 0.5}, encoder_operations=20.0),
    SourceRecord("b", {"b": 1.0}, encoder_operations=10.0),
)


def test_a_plan_names_the_labels_that_its_encoders_need() -> None:
    tables = PlanTables(TABLE, sources=RECORDS)
    one = solve_with_at_most(1, tables, PlanOptions(compute=ENOUGH, label_cost={"b": 3.0}))
    assert (one.sources, one.labels, one.cost, one.budget) == (("x",), {}, 0.0, None)
    two = solve_with_at_most(2, tables, PlanOptions(compute=ENOUGH, label_cost={"b": 3.0}))
    assert (two.sources, two.labels, two.cost) == (("a", "y"), {"a": 1.0, "b": 0.5}, 2.5)
    assert two.compute_used == 30.0


def test_a_novel_target_bars_the_sources_that_need_its_labels() -> None:
    tables = PlanTables(TABLE, sources=RECORDS)
    plan = solve_with_at_most(2, tables, PlanOptions(compute=ENOUGH, novel=["b"]))
    assert plan.sources == ("a", "x")


def test_numbers_that_make_no_sense_are_refused() -> None:
    tables = PlanTables(TABLE, sources=RECORDS)
    with pytest.raises(InputError, match="at most 0"):
        solve_with_at_most(0, tables, PlanOptions(compute=1.0))
    with pytest.raises(InputError, match="cannot both"):
        solve_with_at_most(1, tables, PlanOptions(budget=1.0))
