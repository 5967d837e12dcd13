import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis.contests import Contest, MeasuredTransfer, contests, without_single_size
from taskaffinity.analysis.tables import checked_losses


def _contests(*rows: tuple[str, str, str, float], **columns: list[int | None]) -> list[Contest]:
    table = pd.DataFrame(rows, columns=["target", "sources", "image", "loss"])
    for name, values in columns.items():
        table[name] = pd.array(values, dtype="Int64")
    return list(contests(checked_losses(table)))


def test_a_table_is_laid_out_by_target_transfer_and_image() -> None:
    second, first = ("b", "x", "k", 1.0), ("a", "y+x", "j", 2.0)
    found = _contests(second, first, ("a", "self", "i", 3.0), ("a", "self", "j", 4.0))
    assert [contest.target for contest in found] == ["a", "b"]
    assert found[0].transfers == (MeasuredTransfer("self", None), MeasuredTransfer("x+y", None))
    assert found[0].images == ("i", "j")
    np.testing.assert_array_equal(found[0].losses, [[[3.0, 4.0], [np.nan, 2.0]]])


def test_images_without_a_label_are_left_out() -> None:
    found = _contests(
        ("a", "x", "i", np.nan), ("a", "y", "i", np.nan), ("a", "x", "j", 1.0), ("b", "x", "i", np.nan)
    )
    assert [(contest.target, contest.images) for contest in found] == [("a", ("j",))]


def test_sizes_make_transfers_and_seeds_make_layers() -> None:
    rows = [("a", "x", "i", float(loss)) for loss in range(4)]
    (found,) = _contests(*rows, transfer_size=[None, 30, 200, 30], seed=[7, 7, 7, None])
    assert found.transfers == (
        MeasuredTransfer("x", None),
        MeasuredTransfer("x", 30),
        MeasuredTransfer("x", 200),
    )
    assert found.seeds == ("None", "7")
    np.testing.assert_array_equal(found.losses[:, :, 0], [[np.nan, 3.0, np.nan], [0.0, 1.0, 2.0]])
    assert found.positions("x") == {None: 0, 30: 1, 200: 2}
    assert found.rows([2])["transfer_size"].tolist() == [200]


def test_losses_are_averaged_over_the_seeds_that_are_there() -> None:
    losses = np.array(
        [[[1.0, np.nan], [np.nan, np.nan]], [[3.0, 5.0], [2.0, np.inf]], [[8.0, 5.0], [4.0, 1.0]]]
    )
    contest = Contest(
        "a", (MeasuredTransfer("x", None), MeasuredTransfer("y", None)), ("1", "2", "3"), ("i", "j"), losses
    )
    np.testing.assert_array_equal(contest.averaged(), [[4.0, 5.0], [3.0, np.inf]])
    np.testing.assert_array_equal(contest.averaged([1, 1, 2]), [[14 / 3, 5.0], [8 / 3, np.inf]])
    np.testing.assert_array_equal(
        contest.averaged([0, 0, 0]), [[1.0, 5.0], [3.0, np.inf]]
    )  # no other is known


def test_references_and_what_was_never_measured_stay_out_of_the_tournament() -> None:
    names = ["constant", "random", "scratch", "self", "x", "y"]
    (found,) = _contests(*[("a", name, "i", np.nan if name == "y" else 1.0) for name in names])
    taking_part = [found.transfers[position].sources for position in found.competitors()]
    assert taking_part == ["random", "self", "x"]


@pytest.mark.parametrize(("sizes", "kept"), [([10, 20], False), ([10, 10], False)])
def test_a_size_that_tells_nothing_apart_is_dropped(sizes: list[int], kept: bool) -> None:
    table = pd.DataFrame({"target": "a", "sources": ["x", "y"], "transfer_size": sizes})
    assert ("transfer_size" in without_single_size(table)) is kept
    assert "transfer_size" in without_single_size(table.assign(sources="x"))
