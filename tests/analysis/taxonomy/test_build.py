from typing import Any

import numpy as np
import pandas as pd
import pytest
from support.affinities import random_table, rates

from taskaffinity.analysis.taxonomy import build
from taskaffinity.analysis.taxonomy.program import sources_of
from taskaffinity.errors import InfeasibleError, InputError, TableError


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
    assert transfers(TABLE, exclude=["b"]) == {("a", "a", 0.4), ("b", "a", 0.9)}
    assert transfers(TABLE, novel=["a"]) == {("a", "b", 0.2), ("b", "b", 0.8)}


def test_order_limits_the_sources_of_a_transfer() -> None:
    assert build(random_table(1), order=2).size.max() == 2
    assert build(random_table(1), order=2).order == 2
    assert build(random_table(1)).order == 3


def test_rows_are_sorted_by_target_and_value() -> None:
    program = build(random_table(2))
    assert (np.diff(program.target) >= 0).all()
    assert (np.diff(program.value)[np.diff(program.target) == 0] <= 0).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exclude": ["nothing"]}, "unknown source to exclude 'nothing'"),
        ({"require": ["t9"]}, "unknown required source 't9'; there are s0, s1"),
        ({"novel": ["s0"]}, "unknown novel target 's0'"),
        ({"importance": {"s0": 1.0}}, "unknown target in the importance 's0'"),
        ({"importance": {"t0": -1.0}}, "importance of 't0' is -1"),
        ({"label_cost": {"x": 1.0}}, "unknown source in the label cost 'x'"),
        ({"label_cost": {"t0": float("nan")}}, "label cost of 't0' is nan"),
        ({"exclude": ["t0"], "require": ["t0"]}, "both required and excluded"),
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
