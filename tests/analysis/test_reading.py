"""Tables as people keep them: read alike whatever they are written in, or refused with advice that fits."""

import bz2
import gzip
import io
import logging
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from taskaffinity.analysis.tables import read_losses, read_table, require_same_names
from taskaffinity.analysis.weights import read_weights
from taskaffinity.errors import TableError

LONG = "target,sources,affinity\nnormal,self,0.5\nnormal,depth,0.25\ndepth,self,0.125\n"
TABLE = pd.DataFrame({
    "target": ["normal", "normal", "depth"], "sources": ["self", "depth", "self"],
    "affinity": [0.5, 0.25, 0.125],
})  # fmt: skip
MATRIX = "source,normal,depth\nself,0.5,0.125\ndepth,0.25,\n"


def zipped(text: str, *more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("table.csv", *more):
            archive.writestr(name, text)
    return buffer.getvalue()


def feather(frame: pd.DataFrame, write: str) -> bytes:
    buffer = io.BytesIO()
    getattr(frame, write)(buffer)
    return buffer.getvalue()


WRITTEN: dict[str, bytes] = {
    "plain": LONG.encode(),
    "byte order mark": b"\xef\xbb\xbf" + LONG.encode(),
    "UTF-16 as Excel writes it": LONG.replace(",", "\t").encode("utf-16"),
    "UTF-16 without a mark": LONG.encode("utf-16-le"),
    "UTF-32": LONG.encode("utf-32"),
    "lines of Windows": LONG.replace("\n", "\r\n").encode(),
    "semicolons": LONG.replace(",", ";").encode(),
    "semicolons and decimal commas": LONG.replace(",", ";").replace(".", ",").encode(),
    "tabs": LONG.replace(",", "\t").encode(),
    "bars": LONG.replace(",", " | ").encode(),
    "sep= of Excel": b"sep=;\n" + LONG.replace(",", ";").encode(),
    "quoted decimal commas": LONG.replace("0.", '"0,').replace("5\n", '5"\n').encode(),
    "blanks": LONG.replace(",", " , ").encode(),
    "upper case": LONG.replace("target,sources,affinity", "Target,Sources,Affinity").encode(),
    "row numbers": b",target,sources,affinity\n0,normal,self,0.5\n1,normal,depth,0.25\n2,depth,self,0.125\n",
    "gzip": gzip.compress(LONG.encode()),
    "bzip2": bz2.compress(LONG.encode()),
    "xz": lzma.compress(LONG.encode()),
    "zip": zipped(LONG),
    "zip of a Mac": zipped(LONG, "__MACOSX/._table.csv"),
    "Parquet": feather(TABLE, "to_parquet"),
    "Parquet with an index": feather(TABLE.set_index(["target", "sources"]), "to_parquet"),
    "Feather": feather(TABLE, "to_feather"),
    "matrix": MATRIX.encode(),
    "matrix, parted by semicolons": MATRIX.replace(",", ";").replace(".", ",").encode(),
    "matrix without a corner": MATRIX.replace("source", "").encode(),
    "matrix of targets down": b"target,self,depth\nnormal,0.5,0.25\ndepth,0.125,\n",
    "matrix that says both": b"target \\ source,self,depth\nnormal,0.5,0.25\ndepth,0.125,\n",
    "matrix with references across": b",self,depth\nnormal,0.5,0.25\ndepth,0.125,-\n",
    "matrix in Parquet": feather(
        pd.DataFrame({"normal": [0.5, 0.25], "depth": [0.125, np.nan]}, index=["self", "depth"]), "to_parquet"
    ),
    "matrix with a border": b"source,normal,depth,\nself,0.5,0.125,\ndepth,0.25,,\n,,,\n",
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("suffix", [".csv", ".txt", ""])
def test_one_table_in_any_clothes(tmp_path: Path, name: str, suffix: str) -> None:
    file = tmp_path / f"table{suffix}"
    file.write_bytes(WRITTEN[name])
    table = read_table(file, "affinity").sort_values(["target", "sources"], ignore_index=True)
    expected = TABLE.sort_values(["target", "sources"], ignore_index=True)
    pd.testing.assert_frame_equal(table, expected)


@pytest.mark.parametrize(
    "name", ["semicolons and decimal commas", "UTF-16 as Excel writes it", "gzip", "matrix"]
)
def test_what_it_was_taken_for_is_said(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "t.csv").write_bytes(WRITTEN[name])
    with caplog.at_level(logging.WARNING):
        read_table(tmp_path / "t.csv", "affinity")
    assert len(caplog.messages) == 1
    assert "taken for" in caplog.messages[0]


def test_nothing_is_said_of_our_own_format(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "t.csv").write_text(LONG)
    with caplog.at_level(logging.WARNING):
        read_table(tmp_path / "t.csv", "affinity")
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("t.csv", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"),
        ("t.csv", b"<!DOCTYPE html>\n<html></html>", "web page"),
        ("t.csv", b"\n <html>", "web page"),
        ("t.xlsx", zipped("", "[Content_Types].xml"), "Excel workbook"),
        ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "Excel workbook"),
        ("t.npz", zipped("", "a.npy"), "NumPy"),
        ("t.npy", b"\x93NUMPY\x01\x00", "NumPy"),
        ("t.zip", zipped("a", "b.csv"), "archive of 2 files"),
        ("t.csv.gz", gzip.compress(LONG.encode())[:-12], "damaged"),
        ("t.csv.gz", gzip.compress(gzip.compress(LONG.encode())), "more than once"),
        ("t.pkl", gzip.compress(b"x"), "compressed"),
        ("t.pkl", b"<!DOCTYPE html>", "web page"),
        ("t.pkl", b"version https://git-lfs.github.com/spec/v1", "git lfs pull"),
        ("t.csv", b"\x89HDF\r\n\x1a\n", "HDF5"),
        ("t.csv", b"%PDF-1.4", "PDF"),
        ("t.csv", b"a\0b\0\0\0c\n", "not a readable table"),
        ("t.csv", b"target,sources,affinity\n" + b"a,b," + b'"' * 10, "table"),
        ("t.csv", b"target;sources;affinity\na;b;1,234\n", "decimal comma or as thousands"),
        ("t.csv", b"target,target,sources,affinity\na,a,b,1\n", "two columns 'target'"),
        ("t.csv", b"source,x,x\na,1,2\n", "two columns 'x'"),
        ("t.csv", b"source,x,y\na,1,2\na,3,4\n", "two rows 'a'"),
        ("t.csv", b"source,x,\na,1,2\n", "no name"),
        ("t.csv", b"self,x,random\nself,1,2\nb,3,4\n", "both rows and columns look like sources"),
        ("t.csv", b"source,x,y\na,1,well\nb,3,4\n", "holds 'well'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "bytes",  # compressed bytes hold the time
)
def test_what_is_no_table_gets_advice_that_fits(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TableError) as caught:
        read_table(tmp_path / name, "affinity")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pickled_frame_is_refused_with_what_to_do(tmp_path: Path) -> None:
    TABLE.to_pickle(tmp_path / "t.pkl")
    with pytest.raises(TableError, match="to_parquet"):
        read_table(tmp_path / "t.pkl", "affinity")


def test_a_compressed_file_is_never_larger_than_it_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("taskaffinity.analysis.opening.LIMIT", 1 << 16)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(bytes(1 << 20)))
    with pytest.raises(TableError, match="more than"):
        read_table(tmp_path / "bomb.csv.gz", "affinity")


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1.234,5", "0,5", "7"], [1234.5, 0.5, 7]),
        (["1,234.5", "0.5", "1,000"], [1234.5, 0.5, 1000]),
        (["1 234,5", "2\u202f000,25", "0,5"], [1234.5, 2000.25, 0.5]),
        (["1'234.5", "0.5", "\u2212 1".replace(" ", "")], [1234.5, 0.5, -1]),
        (["1e-3", "2E5", ".5"], [0.001, 2e5, 0.5]),
    ],
)
def test_numbers_as_people_write_them(tmp_path: Path, texts: list[str], numbers: list[float]) -> None:
    rows = [f"t{k};s;{text}" for k, text in enumerate(texts)]
    (tmp_path / "t.csv").write_text("\n".join(["target;sources;affinity", *rows]), "utf-8")
    assert read_table(tmp_path / "t.csv", "affinity")["affinity"].tolist() == numbers


def test_thousands_of_whole_numbers_are_no_fractions(tmp_path: Path) -> None:
    """16.000 is sixteen thousand where the table has decimal commas, and is refused where it has not."""
    german = "target;sources;affinity;transfer_size\na;b;0,5;16.000\n"
    (tmp_path / "t.csv").write_text(german)
    assert read_table(tmp_path / "t.csv", "affinity")["transfer_size"].tolist() == [16000]
    (tmp_path / "t.csv").write_text("target,sources,affinity,transfer_size\na,b,0.5,16.000\n")
    with pytest.raises(TableError, match="points between its thousands"):
        read_table(tmp_path / "t.csv", "affinity")


def test_losses_and_weights_are_read_alike(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_bytes("target;sources;image;loss\na;b;i;0,5\na;b;j;\n".encode("utf-16"))
    losses = read_losses(tmp_path / "l.csv")
    np.testing.assert_array_equal(losses["loss"], [0.5, np.nan])
    (tmp_path / "w.csv").write_text("Target;Importance\na;0,5\n")
    assert read_weights(tmp_path / "w.csv", "target", "importance") == {"a": 0.5}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,self,0.5\nA,b,0.5", "differ in case"),
        ("a,Depth,0.5\na,depth,0.5", "differ in case"),
        ("a,b,0.5\na, b ,0.4", "repeats"),
        ("a,b+c,0.5\na,c + b,0.4", "repeats"),
        ("a,Self,0.5\na,self,0.4", "repeats"),
        ("a,mo\u0308bel,0.5\na,m\u00f6bel,0.4", "repeats"),
        ("a,b\u200b,0.5", "U+200B"),
        ("a\u202e,b,0.5", "U+202E"),
        ("a,=b,0.5", "formula"),
        ("Random,b,0.5", "a target is one task"),
        ("a,self + b,0.5", "reserved"),
    ],
)
def test_names_that_cannot_be_told_are_refused(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(f"target,sources,affinity\n{rows}\n", "utf-8")
    with pytest.raises(TableError) as caught:
        read_table(tmp_path / "t.csv", "affinity")
    assert said in str(caught.value)


@pytest.mark.parametrize("read", [read_table, lambda file, _: read_losses(file)])
def test_names_are_tidied_in_every_column(tmp_path: Path, read: Callable[..., pd.DataFrame]) -> None:
    rows = [
        "target,sources,image,loss,affinity",
        " depth\u00a0 z ,RANDOM, img 1 ,0.5,0.5",
        "depth z,Mo\u0308bel + Edges,img 1,0.25,0.1",
    ]
    (tmp_path / "t.csv").write_text("\n".join(rows), "utf-8")
    table = read(tmp_path / "t.csv", "affinity")
    assert table["target"].tolist() == ["depth z", "depth z"]
    assert table["sources"].tolist() == ["random", "Edges+M\u00f6bel"]
    if "image" in table:
        assert table["image"].tolist() == ["img 1", "img 1"]


def test_tables_that_belong_together_write_names_one_way() -> None:
    gain = pd.DataFrame({"target": ["normal"], "sources": ["Depth"], "gain": [0.5]})
    require_same_names([("a", TABLE), ("b", None), ("c", gain.assign(sources="depth"))])
    with pytest.raises(TableError, match="c writes"):
        require_same_names([("a", TABLE), ("b", None), ("c", gain)])
