"""``taskaffinity table``: numbers measured elsewhere as a table of transfers."""

import pickle
from pathlib import Path

import pandas as pd
import pytest

from taskaffinity.cli.main import main

ROWS = """architecture,pretrained on,task,run,accuracy
small,birds,cars,1,80
small,birds,cars,2,90
small,pets,cars,1,70
large,birds,cars,1,60
small,birds,planes,1,50
small,pets,planes,1,95
"""
LEVELS = """examples,few,few,all,about
dataset,cars,planes,cars,authors
method,,,,
one,80,50,99,us
two,70,95,98,them
"""


def read(file: Path) -> dict[tuple[str, str], float]:
    table = pd.read_csv(file)
    return {(row.target, row.sources): row.affinity for row in table.itertuples()}


def run(folder: Path, text: str, *options: str) -> int:
    (folder / "in.csv").write_text(text)
    return main(["table", str(folder / "in.csv"), "--out", str(folder / "out.csv"), *options])


def test_columns_of_other_names(tmp_path: Path) -> None:
    options = [
        "--source",
        "architecture",
        "--source",
        "pretrained on",
        "--target",
        "task",
        "--number",
        "accuracy",
    ]
    assert run(tmp_path, ROWS, *options, "--where", "run=1") == 0
    assert read(tmp_path / "out.csv") == {
        ("cars", "small/birds"): 80, ("cars", "small/pets"): 70, ("cars", "large/birds"): 60,
        ("planes", "small/birds"): 50, ("planes", "small/pets"): 95,
    }  # fmt: skip
    assert run(tmp_path, ROWS, *options) == 2  # two runs of one transfer
    assert run(tmp_path, ROWS, *options, "--mean", "--lower-is-better") == 0
    assert read(tmp_path / "out.csv")["cars", "small/birds"] == -85


def test_a_matrix_whose_header_has_several_rows(tmp_path: Path) -> None:
    assert run(tmp_path, LEVELS, "--where", "examples=few") == 0
    assert read(tmp_path / "out.csv") == {
        ("cars", "one"): 80, ("planes", "one"): 50, ("cars", "two"): 70, ("planes", "two"): 95,
    }  # fmt: skip


def test_the_best_together_come_out_of_solving(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Together, each task takes the better of the two: 80 and 95."""
    assert run(tmp_path, LEVELS, "--where", "examples=few") == 0
    assert main(["solve", str(tmp_path / "out.csv"), "--budget", "2"]) == 0
    assert "175.00000" in capsys.readouterr().out


def test_pickles_of_python_2_are_converted_here_alone(tmp_path: Path) -> None:
    content = pickle.dumps({"a__b": 0.5}, 0).replace(b"Va__b", b"S'a__b'")
    (tmp_path / "old.pkl").write_bytes(content)
    assert main(["solve", str(tmp_path / "old.pkl"), "--budget", "1"]) == 2
    assert main(["table", str(tmp_path / "old.pkl"), "--out", str(tmp_path / "out.csv")]) == 0
    assert read(tmp_path / "out.csv") == {("b", "a"): 0.5}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--source", "architectures", "--target", "task", "--number", "accuracy"], "no column"),
        (["--source", "architecture", "--target", "task", "--number", "task"], "where a number belongs"),
        (["--source", "architecture", "--number", "accuracy"], "--target"),
        (
            ["--source", "architecture", "--target", "task", "--number", "accuracy", "--where", "run=9"],
            "no row",
        ),
        (["--where", "run"], "COLUMN=VALUE"),
        (["--where", "rung=1"], "no row of the header"),
    ],
)
def test_what_is_not_there_is_said(
    tmp_path: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, ROWS, *options) == 2
    assert said in capsys.readouterr().err


def test_the_file_that_is_read_is_never_written(tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    file.write_text(ROWS)
    assert main(["table", str(file), "--out", str(file)]) == 2
    assert file.read_text() == ROWS
