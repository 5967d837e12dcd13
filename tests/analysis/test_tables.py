from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis.tables import checked_losses, matrix, read_losses, read_table, write_table
from taskaffinity.errors import TableError

TABLE = pd.DataFrame({
    "target": ["normal", "normal", "edges"],
    "sources": ["self", "depth+edges", "edges"],
    "affinity": [0.7, 0.3, 1.0],
})  # fmt: skip


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_what_is_written_is_read_back(tmp_path: Path, name: str) -> None:
    bounded = TABLE.assign(low=[0.6, np.nan, 0.9], high=[0.8, np.nan, 1.0], transfer_size=[100, 200, 300])
    bounded["transfer_size"] = bounded["transfer_size"].astype("Int64")
    write_table(bounded, tmp_path / name)
    pd.testing.assert_frame_equal(
        read_table(tmp_path / name, "affinity"),
        bounded[["target", "sources", "affinity", "low", "high", "transfer_size"]],
    )
    assert [file.name for file in tmp_path.iterdir()] == [name]  # no temporary file is left


def test_sources_come_in_alphabetical_order(tmp_path: Path) -> None:
    file = _csv(tmp_path, "target,sources,affinity", "normal,edges+depth,0.5")
    assert read_table(file, "affinity")["sources"].tolist() == ["depth+edges"]


def test_names_that_look_like_missing_values_are_names(tmp_path: Path) -> None:
    table = read_table(_csv(tmp_path, "target,sources,affinity", "NA,null,0.5", "1,2,0.5"), "affinity")
    assert table["target"].tolist() == ["NA", "1"]
    assert table["sources"].tolist() == ["null", "2"]


def test_other_columns_are_left_out(tmp_path: Path) -> None:
    table = read_table(_csv(tmp_path, "note,target,sources,affinity", "hello,a,b,0.5"), "affinity")
    assert list(table.columns) == ["target", "sources", "affinity"]


HEAD = "target,sources,affinity"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([""], "is empty"),
        ([HEAD], "no rows"),
        (["target,source,affinity", "a,b,1"], "no column 'sources' (there are: target, source, affinity)"),
        ([HEAD, "a,b,"], "line 2 (a from b) has no affinity"),
        ([HEAD, "a,b,0.5", "a,c,nan"], "line 3 (a from c) has no affinity"),
        ([HEAD, "a,b,much"], "line 2 has 'much' as its affinity; write a number"),
        ([HEAD, "a,b,inf"], "line 2 (a from b) has an infinite affinity"),
        ([HEAD, "a,b,0.5", "a,c,0.4", "a,b,0.5"], "line 4 (a from b) repeats line 2"),
        ([HEAD, "a,c+b,0.5", "a,b+c,0.4"], "line 3 (a from b+c) repeats line 2"),
        ([HEAD, ",b,0.5"], "line 2 (b) has no target"),
        ([HEAD, "a,,0.5"], "line 2 (a) has no sources"),
        ([HEAD, "a,b+b,0.5"], "names a source twice"),
        ([HEAD, "a,self+b,0.5"], "joins 'self', a reserved name"),
        ([HEAD, "self,b,0.5"], "a target is one task"),
        ([HEAD, "a+b,b,0.5"], "a target is one task"),
        ([HEAD, "a,b,0.5,1,2"], "is not a readable table"),
        ([HEAD, "a,b,0.5", "a,c,0.5,1,2"], "is not a readable table"),
        ([HEAD + ",transfer_size", "a,b,0.5,1.5"], "line 2 has '1.5' as its transfer_size; write a whole"),
        ([HEAD + ",transfer_size", f"a,b,0.5,{10**30}"], "write a whole number of 64 bits"),
        ([HEAD + ",transfer_size", "a,b,1,7", "a,b,1,8", "a,b,1,8"], "line 4 (a from b) repeats line 3"),
    ],
)  # fmt: skip
def test_a_bad_table_is_one_clear_line(tmp_path: Path, lines: list[str], said: str) -> None:
    file = _csv(tmp_path, *lines)
    with pytest.raises(TableError) as caught:
        read_table(file, "affinity")
    assert said in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("rate", [-0.1, 93.0])
@pytest.mark.parametrize("value", ["gain", "quality"])
def test_win_rates_are_shares(tmp_path: Path, value: str, rate: float) -> None:
    with pytest.raises(TableError, match=r"outside \[0, 1\]"):
        read_table(_csv(tmp_path, f"target,sources,{value}", f"a,b,{rate}"), value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("nothing.csv", None),
        ("table.txt", b"target"),
        ("table.parquet", b"PAR1 not really"),
        ("table.csv", b"\xff\x00,\xfe\n1"),
    ],
)  # fmt: skip
def test_an_unreadable_file_is_one_clear_line(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    for read in (lambda file: read_table(file, "affinity"), read_losses):
        with pytest.raises(TableError, match=name) as caught:
            read(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_names_in_parquet_have_to_be_text(tmp_path: Path) -> None:
    pd.DataFrame({"target": [1], "sources": ["b"], "affinity": [0.5]}).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(TableError, match="column 'target' is int64, not text"):
        read_table(tmp_path / "t.parquet", "affinity")


def test_losses_may_be_missing_or_infinite(tmp_path: Path) -> None:
    file = _csv(
        tmp_path, "target,sources,image,loss,seed", "a,b,7,0.5,1", "a,b,8,,1", "a,b,9,inf,1", "a,b,7,0.1,2"
    )
    losses = read_losses(file)
    np.testing.assert_array_equal(losses["loss"], [0.5, np.nan, np.inf, 0.1])
    assert losses["image"].tolist() == ["7", "8", "9", "7"]
    assert losses["seed"].tolist() == [1, 1, 1, 2]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_numbered_images_read_alike_from_both_kinds(tmp_path: Path, kind: str) -> None:
    table = pd.DataFrame({"target": "a", "sources": "b", "image": [10, 9], "loss": [0.5, 0.4]})
    write_table(table, tmp_path / f"losses.{kind}")
    assert read_losses(tmp_path / f"losses.{kind}")["image"].tolist() == ["10", "9"]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["target,sources,loss", "a,b,0.5"], "no column 'image' (there are: target, sources, loss)"),
        (["target,sources,image,loss", "a,b,i,0.5", "a,b,i,0.5"], "line 3 (a from b) repeats line 2"),
        (["target,sources,image,loss", "a,b,i,0.5", "a,b,,0.5"], "line 3 (a from b) has no image"),
        (["target,sources,image,loss", "a,b,i,-inf"], "minus infinity"),
        (["target,sources,image,loss,seed", "a,b,i,1,x"], "line 2 has 'x' as its seed; write a number"),
    ],
)
def test_bad_losses_are_one_clear_line(tmp_path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(TableError) as caught:
        read_losses(_csv(tmp_path, *lines))
    assert said in str(caught.value)


def test_one_seed_or_size_apart_is_no_repetition() -> None:
    row = {"target": "a", "sources": "b", "image": "i", "loss": 0.5}
    table = pd.DataFrame([row | {"seed": 1, "transfer_size": 10}, row | {"seed": 1, "transfer_size": 20},
                          row | {"seed": 2, "transfer_size": 10}])  # fmt: skip
    assert len(checked_losses(table)) == 3


def test_checking_changes_nothing_of_the_callers() -> None:
    table = pd.DataFrame({"target": ["a"], "sources": ["c+b"], "image": ["i"], "loss": [0.5]})
    before = table.copy()
    assert checked_losses(table)["sources"].tolist() == ["b+c"]
    pd.testing.assert_frame_equal(table, before)


def test_matrix_holds_first_order_transfers_reserved_names_last() -> None:
    table = pd.DataFrame({
        "target": ["b", "b", "b", "a", "a"], "sources": ["random", "z", "a+z", "self", "b"],
        "gain": [0.1, 0.2, 0.3, 0.4, 0.5],
    })  # fmt: skip
    laid = matrix(table, "gain")
    assert list(laid.index) == ["a", "b"]
    assert list(laid.columns) == ["b", "z", "self", "random"]
    np.testing.assert_array_equal(laid, [[0.5, np.nan, 0.4, np.nan], [np.nan, 0.2, np.nan, 0.1]])


def test_matrix_takes_the_largest_transfer_size() -> None:
    table = pd.DataFrame(
        {"target": "a", "sources": "b", "gain": [0.1, 0.9, 0.5], "transfer_size": [10, 1000, 100]}
    )
    assert matrix(table, "gain").loc["a", "b"] == 0.9


def _csv(folder: Path, *lines: str) -> Path:
    file = folder / "table.csv"
    file.write_text("\n".join(lines), "utf-8")
    return file
