import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis.groups.heads import OwnHead, own_heads
from taskaffinity.analysis.groups.single_joint import HeadLosses, spearman

IMAGES = 60
TASKS = ("a", "b", "c", "d")


def sources(**rows: tuple[str, str, str, float]) -> pd.DataFrame:
    """Rows of ``sources.csv``: kind, labels, heads and operations by name."""
    columns = ["kind", "labels", "heads", "training_operations"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("source").reset_index()


def losses(**cells: np.ndarray) -> pd.DataFrame:
    """Losses of cells named ``target__sources``."""
    parts = []
    for key, values in cells.items():
        target, name = key.split("__")
        images = [f"i{number}" for number in range(len(values))]
        parts.append(pd.DataFrame({"target": target, "sources": name, "image": images, "loss": values}))
    return pd.concat(parts)


TABLE = sources(
    a=("task", "a", "a", 10.0), b=("task", "b", "b", 10.0), both=("joint", "a;b", "a;b", 15.0),
    few=("semi", "a:0.1", "a", 20.0), few_alone=("semi", "a:0.1", "a", 10.0),
    carried=("adapted", "z", "a", 5.0),
)  # fmt: skip


@pytest.fixture
def drawn() -> np.ndarray:
    return np.random.default_rng(0).uniform(1, 2, IMAGES)


def test_heads_are_those_of_the_table_and_of_tasks_where_it_does_not_say():
    assert OwnHead("both", "b") in own_heads(TABLE)
    assert OwnHead("a", "a").cell == "self"
    assert OwnHead("both", "a").cell == "both"
    assert own_heads(TABLE.drop(columns="heads")) == [OwnHead("a", "a"), OwnHead("b", "b")]


def test_a_change_is_relative_and_its_interval_covers_it(drawn: np.ndarray):
    table = losses(a__self=drawn, a__both=1.2 * drawn, b__self=drawn, b__both=drawn[::-1])
    changes = HeadLosses.of(table, TABLE).changes().set_index(["source", "target"])
    worse, same = changes.loc["both", "a"], changes.loc["both", "b"]
    assert worse["change"] == pytest.approx(0.2)
    assert (worse["low"], worse["high"]) == pytest.approx((0.2, 0.2))
    assert worse["negative_transfer"]
    assert same["low"] < 0 < same["high"]
    assert same["change"] == pytest.approx(0)
    assert not same["negative_transfer"]


def test_images_that_one_lacks_do_not_count(drawn: np.ndarray):
    part = drawn.copy()
    part[:30] = np.nan
    row = HeadLosses.of(losses(a__self=drawn, a__both=part), TABLE).changes().iloc[0]
    assert (row["images"], row["change"]) == (30, pytest.approx(0))


def test_networks_of_the_same_labels_are_compared_and_carried_ones_are_not(drawn: np.ndarray):
    table = losses(a__self=drawn, a__few=drawn, a__few_alone=drawn, a__carried=drawn)
    changes = HeadLosses.of(table, TABLE).changes()
    assert list(zip(changes["source"], changes["against"], strict=True)) == [
        ("few", "self"), ("few", "few_alone"), ("few_alone", "self"),
    ]  # fmt: skip


def test_a_network_that_diverged_has_no_change(drawn: np.ndarray):
    row = HeadLosses.of(losses(a__self=drawn, a__both=np.full(IMAGES, np.inf)), TABLE).changes().iloc[0]
    assert np.isnan(row["change"])
    assert not row["negative_transfer"]


@pytest.mark.parametrize(("sign", "rho"), [(1, 1.0), (-1, -1.0)])
def test_transfer_and_joint_training_are_ranked_on_the_same_images(sign: int, rho: float):
    rng = np.random.default_rng(0)
    table = sources(
        **{t: ("task", t, t, 1.0) for t in TASKS},
        **{f"p{t}": ("joint", f"a;{t}", f"a;{t}", 1.0) for t in TASKS[1:]},
    )
    noise = rng.normal(0, 0.01, IMAGES)
    cells = {f"a__{t}": number + noise for number, t in enumerate(TASKS[1:], start=1)}
    cells |= {f"a__p{t}": 5 + sign * number + noise for number, t in enumerate(TASKS[1:], start=1)}
    cells |= {f"{t}__p{t}": noise + 1 for t in TASKS[1:]}
    (row,) = HeadLosses.of(losses(**cells), table).transfer_against_joint().to_dict("records")
    assert (row["target"], row["tasks"]) == ("a", 3)
    assert (row["rho"], row["low"], row["high"]) == pytest.approx((rho, rho, rho))
    assert row["best_transfer"] == "b"
    assert row["best_joint"] == ("b" if sign == 1 else "d")


def test_spearman_is_that_of_scipy():
    from scipy.stats import spearmanr

    first, second = np.random.default_rng(0).integers(0, 4, (2, 5, 8))
    expected = [spearmanr(x, y).statistic for x, y in zip(first, second, strict=True)]
    np.testing.assert_allclose(spearman(first, second), expected)
