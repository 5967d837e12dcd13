from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.affinities import random_table, rates

from taskaffinity.analysis.plan import PlanOptions, PlanTables, Problem, SourceRecord
from taskaffinity.analysis.plan import build as build_problem
from taskaffinity.analysis.plan.program import Program, sources_of
from taskaffinity.errors import InfeasibleError, InputError, TableError


def problem(table: pd.DataFrame, sources: tuple[SourceRecord, ...] = (), **options: Any) -> Problem:
    rates_given = {name: options.pop(name) for name in ("gain", "quality") if name in options}
    budget = {} if "compute" in options else {"budget": 1}
    return build_problem(PlanTables(table, sources=sources, **rates_given), PlanOptions(**budget, **options))


def build(table: pd.DataFrame, **options: Any) -> Program:
    return problem(table, **options).program


def transfers(table: pd.DataFrame, **options: Any) -> set[tuple[str, str, float]]:
    program = build(table, **options)
    return {
        (program.targets[t], "+".join(sources_of(program, row)), program.affinity[row])
        for row, t in enumerate(program.target)
    }


TABLE = pd.DataFrame(
    [("a", "self", 0.4), ("a", "a", 0.3), ("a", "b", 0.2), ("a", "a+b", 0.1), ("a", "b+random", 0.5),
     ("a", "random", 0.6), ("a", "scratch", 0.7), ("b", "b", 0.8), ("b", "a", 0.9)],
    columns=["target", "sources", "affinity"],
)  # fmt: skip


def test_which_transfers_exist() -> None:
    assert transfers(TABLE) == {("a", "a", 0.4), ("a", "b", 0.2), ("b", "b", 0.8), ("b", "a", 0.9)}


def test_excluded_and_novel_take_their_transfers_along() -> None:
    assert transfers(TABLE, excluded=["b"]) == {("a", "a", 0.4), ("b", "a", 0.9)}
    assert transfers(TABLE, novel=["a"]) == {("a", "b", 0.2), ("b", "b", 0.8)}


def test_order_limits_the_sources_of_a_transfer() -> None:
    assert build(random_table(1), order=2).order_of.max() == 2
    assert build(random_table(1), order=2).order == 2
    assert build(random_table(1)).order == 3


def test_rows_are_sorted_by_target_and_value() -> None:
    program = build(random_table(2))
    assert (np.diff(program.target) >= 0).all()
    assert (np.diff(program.value)[np.diff(program.target) == 0] <= 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"excluded": ["nothing"]}, "unknown source to exclude 'nothing'"),
        ({"required": ["t9"]}, "unknown required source 't9'; there are s0, s1"),
        ({"novel": ["s0"]}, "unknown novel target 's0'"),
        ({"importance": {"s0": 1.0}}, "unknown target in the importance 's0'"),
        ({"importance": {"t0": -1.0}}, "importance of 't0' is -1"),
        ({"label_cost": {"x": 1.0}}, "unknown source in the label cost 'x'"),
        ({"label_cost": {"t0": float("nan")}}, "label cost of 't0' is nan"),
        ({"excluded": ["t0"], "required": ["t0"]}, "both required and excluded"),
        ({"objective": "loss"}, "objective 'loss' is unknown"),
        ({"objective": "gain"}, "needs a table of gain"),
        ({"order": 0}, "order 0 is below 1"),
    ],
)
def test_options_that_cannot_be_used(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        build(random_table(1), **options)


def test_a_target_without_a_transfer_is_named() -> None:
    table = pd.DataFrame([("a", "b", 0.5), ("b", "a+c", 0.2)], columns=["target", "sources", "affinity"])
    with pytest.raises(InfeasibleError, match="target 'b' has no transfer of order 1 or less"):
        build(table, order=1)


def test_tables_that_cannot_be_used() -> None:
    table = random_table(1)
    with pytest.raises(TableError, match="twice"):
        build(pd.concat([table, table.tail(1)]))
    with pytest.raises(TableError, match="no column 'affinity'"):
        build(table.drop(columns="affinity"))
    with pytest.raises(TableError, match="not finite"):
        build(table.assign(affinity=np.nan))
    with pytest.raises(TableError, match="no rows"):
        build(table.head(0))
    with pytest.raises(TableError, match="gain has no row for"):
        build(table, objective="gain", gain=rates(table, "gain", 1).head(3))


COMPUTE = {"compute": 2, "compute_cost": {"a": 1, "b": 1}}


def test_under_computation_a_bought_label_forces_nothing() -> None:
    assert transfers(TABLE, **COMPUTE) == {
        ("a", "a", 0.4), ("a", "a", 0.3), ("a", "b", 0.2), ("a", "a+b", 0.1), ("b", "b", 0.8),
        ("b", "a", 0.9),
    }  # fmt: skip
    assert not build(TABLE, **COMPUTE).forced_targets(np.ones(2, bool)).any()


def test_a_source_of_the_same_labels_is_superseded_like_the_target_itself() -> None:
    joint = SourceRecord("b", {"a": 1.0, "c": 1.0})
    assert ("a", "b", 0.2) not in transfers(TABLE, sources=(joint,))
    few = SourceRecord("b", {"a": 0.1})
    assert ("a", "b", 0.2) in transfers(TABLE, sources=(few,))


def test_a_novel_target_bars_every_source_that_needs_its_labels() -> None:
    joint = SourceRecord("b", {"a": 0.5, "c": 1.0})
    with pytest.raises(InfeasibleError, match="target 'a' has no transfer"):
        transfers(TABLE, sources=(joint,), novel=["a"])
    with pytest.raises(InputError, match="required source 'b' needs labels of a novel target"):
        transfers(TABLE, sources=(joint,), novel=["a"], required=["b"])


def test_labels_in_shares_cost_what_the_largest_costs() -> None:
    records = (SourceRecord("a", {"x": 0.1}), SourceRecord("b", {"x": 0.4, "y": 1.0}))
    made = problem(TABLE, sources=records, label_cost={"x": 10.0})
    items = made.program.items
    assert items.names == ("x:0.1", "x:0.4", "y")
    np.testing.assert_allclose(items.cost, [1.0, 3.0, 1.0])
    assert made.program.items_of(np.array([False, True])).tolist() == [True, True, True]
    assert made.cost_of({"x": 0.4, "y": 1.0}) == pytest.approx(5.0)


def test_a_share_of_computation_is_of_the_encoders_in_play() -> None:
    costs = {"a": 1.0, "b": 3.0}
    assert problem(TABLE, compute="50%", compute_cost=costs).capacity[1] == 2.0
    assert problem(TABLE, compute="50%", compute_cost=costs, excluded=["a"]).capacity[1] == 1.5


def test_unknown_computation_is_refused() -> None:
    with pytest.raises(InputError, match=r"source 'b' costs to run is not known .* --compute-cost"):
        build(TABLE, compute=1, compute_cost={"a": 1.0})


def test_ties_do_not_depend_on_the_order_of_the_table() -> None:
    table = random_table(3).assign(affinity=0.5)
    program, shuffled = build(table), build(table.sample(frac=1.0, random_state=0))
    for row in range(len(program.target)):
        assert sources_of(program, row) == sources_of(shuffled, row)
