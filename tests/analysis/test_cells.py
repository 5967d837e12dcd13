from pathlib import Path

import pytest

from taskaffinity.analysis.cells import read_cells
from taskaffinity.errors import TableError


def test_cells_are_tidy_and_know_their_lines(tmp_path: Path) -> None:
    text = '\ufeff name , note\n\n" a",\n\n"b","two\nlines"\nc\n'
    (tmp_path / "t.csv").write_text(text, "utf-8")
    assert read_cells(tmp_path / "t.csv", ["name"]) == [
        (3, {"name": "a", "note": ""}),
        (6, {"name": "b", "note": "two lines"}),
        (7, {"name": "c", "note": ""}),
    ]
    (tmp_path / "t.csv").write_text("name\ne\u0301\n", "utf-8")
    assert read_cells(tmp_path / "t.csv", ["name"])[0][1]["name"] == "\u00e9"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column 'name'"),
        (b"name\n", "no rows"),
        (b"name,name\na,b\n", "two columns 'name'"),
        (b"name\na,b\n", "line 2 has 2 cells, and the header 1"),
        (b"name\n\xff\n", "not a readable table"),
        (b'name\n"a\n', "not a readable table"),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(TableError, match=message):
        read_cells(tmp_path / "t.csv", ["name"])
    with pytest.raises(TableError, match="not a readable table"):
        read_cells(tmp_path, ["name"])
