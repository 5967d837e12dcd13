import pandas as pd
import pytest

from taskaffinity.analysis.orders import plan_orders
from taskaffinity.errors import InputError

RANKED = [f"s{i}" for i in range(8)]  # from best to worst


@pytest.fixture
def table() -> pd.DataFrame:
    rows = [("t", name, 0.5 - 0.01 * i) for i, name in enumerate(RANKED)]
    rows += [("t", "t", 0.9), ("t", "self", 1.0), ("t", "random", 0.8), ("u", "s0", 0.1), ("u", "s1", 0.2)]
    return pd.DataFrame(rows, columns=["target", "sources", "affinity"])


@pytest.mark.parametrize(
    ("order", "count"), [(1, 0), (2, 10), (3, 10), (4, 5), (5, 1), (6, 1), (8, 1), (9, 0)]
)
def test_subsets_of_the_five_best_and_the_best_above(table: pd.DataFrame, order: int, count: int) -> None:
    planned = [sources for target, sources in plan_orders(table, [order]) if target == "t"]
    assert len(planned) == len(set(planned)) == count
    assert all(len(sources) == order for sources in planned)
    assert all(set(sources) <= set(RANKED[: max(order, 5)]) for sources in planned)


def test_targets_with_few_sources_get_what_there_is(table: pd.DataFrame) -> None:
    assert [p for p in plan_orders(table, [2, 3, 2]) if p[0] == "u"] == [("u", ("s0", "s1"))]


def test_order_zero_is_refused(table: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="order 0 is below 1"):
        plan_orders(table, [0])
