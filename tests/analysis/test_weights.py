from pathlib import Path

import pytest

from taskaffinity.analysis.weights import read_weights
from taskaffinity.errors import TableError


@pytest.mark.parametrize(
    ("name", "text"),
    [("w.csv", "target,importance\nnormal,2\ndepth,0.5\n"), ("w.json", '{"normal": 2, "depth": 0.5}')],
)
def test_csv_and_json(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    assert read_weights(tmp_path / name, "target", "importance") == {"normal": 2.0, "depth": 0.5}


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("w.csv", "task,importance\na,1\n", "no column 'target'"),
        ("w.csv", "target,importance\na,1\na,2\n", "'a' stands there twice"),
        ("w.csv", "target,importance\na,-1\n", "at least 0"),
        ("w.csv", "target,importance\na,many\n", "write a number"),
        ("w.csv", "target,importance\na,\n", "at least 0"),
        ("w.csv", "target,importance\na,1\n a ,2\n", "twice"),
        ("w.csv", "target,importance\na,1\nA,2\n", "differ in case"),
        ("w.json", '{"a\\u200b": 1}', "U.200B"),
        ("w.csv", "", "is empty"),
        ("w.json", "[1]", "does not hold a JSON object"),
        ("w.json", "{", "is not JSON"),
        ("w.json", '{"a": 1, "a": 2}', "twice"),
        ("w.json", '{"a": true}', "at least 0"),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(TableError, match=message):
        read_weights(tmp_path / name, "target", "importance")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="is not a file"):
        read_weights(tmp_path / "w.csv", "target", "importance")
