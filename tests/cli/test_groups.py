import json
from pathlib import Path

import pytest

from taskaffinity.cli.main import main

ROWS = """network,cost,target,loss
a,0.5,x,0.4
b,0.5,y,0.5
ab,1,x,0.3
ab,1,y,0.7
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    (tmp_path / "networks.csv").write_text(ROWS)
    return tmp_path / "networks.csv"


def test_a_record_per_budget(capsys: pytest.CaptureFixture[str], table: Path, tmp_path: Path) -> None:
    (tmp_path / "test.csv").write_text(ROWS.replace("0.5\n", "0.6\n"))
    words = ["groups", str(table), "--compute", "1,1.5", "--report", str(tmp_path / "test.csv")]
    assert main([*words, "--json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [r["compute"] for r in records] == [1, 1.5]
    assert [r["networks"] for r in records] == [["a", "b"], ["b", "ab"]]
    assert [round(r["loss"], 9) for r in records] == [0.9, 0.8]
    assert [round(r["report_loss"], 9) for r in records] == [1.0, 0.9]
    assert records[1]["assignment"] == {"x": "ab", "y": "b"}
    assert main(words) == 0
    assert "b, ab" in capsys.readouterr().out


def test_higher_is_better_and_pairs(capsys: pytest.CaptureFixture[str], table: Path) -> None:
    assert main(["groups", str(table), "--compute", "1", "--higher-is-better", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)[0]
    assert (record["networks"], record["report_loss"]) == (["ab"], None)
    assert main(["groups", str(table), "--compute", "1", "--from", "pairs"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--compute", "0.5"], "least compute budget that does is 1"),
        (["--compute", "few"], "compute 'few' is not an amount"),
        (["--compute", "1", "--report", "none.csv"], "none.csv is not a readable table"),
        (["--compute", "1", "--from", "gradients"], "gradients"),
        ([], "--compute"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str], table: Path, words: list[str], message: str
) -> None:
    assert main(["groups", str(table), *words]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert message in said
