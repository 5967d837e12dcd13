"""The commands that weigh a plan: certainty, prices, and measuring a part."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.losses import make_losses

from taskaffinity.cli.main import main


@pytest.fixture
def losses(tmp_path: Path) -> Path:
    path = tmp_path / "losses.csv"
    scales = {"self": 0.7, "normal": 1.0, "edges": 1.1, "random": 3.0, "scratch": 2.0}
    make_losses(scales=scales).to_csv(path, index=False)
    return path


def read_json(capsys: pytest.CaptureFixture[str], *words: object) -> Any:
    assert main([*map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def failed(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main([*map(str, words)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


def test_prices_agree_with_solve(capsys: pytest.CaptureFixture[str], table: Path) -> None:
    solved = {b: read_json(capsys, "solve", table, "--budget", b)["objective"] for b in (1, 2, 3)}
    record = read_json(capsys, "prices", table, "--budget", 2)
    assert record["objective"] == pytest.approx(solved[2])
    assert record["more"] == pytest.approx(solved[3] - solved[2])
    assert record["less"] == pytest.approx(solved[2] - solved[1])
    assert main(["prices", str(table), "--budget", "2"]) == 0
    assert "label next" in capsys.readouterr().out


def test_certainty_reads_losses(capsys: pytest.CaptureFixture[str], losses: Path) -> None:
    record = read_json(capsys, "certainty", losses, "--budget", 1, "--resamples", 20)
    assert record["resamples"] == 20
    assert record["objective"] == pytest.approx(
        read_json(capsys, "solve", losses, "--budget", 1)["objective"]
    )
    for edge in record["edges"]:
        assert 0 <= edge["probability"] <= 1
    assert main(["certainty", str(losses), "--budget", "1", "--resamples", "5"]) == 0
    assert "5 resamples" in capsys.readouterr().out


def test_certainty_refuses_affinities_alone(capsys: pytest.CaptureFixture[str], table: Path) -> None:
    assert "losses" in failed(capsys, "certainty", table, "--budget", 1)


def test_measure_compares_with_the_whole_table(capsys: pytest.CaptureFixture[str], table: Path) -> None:
    record = read_json(capsys, "measure", table, "--share", "0.6", "--budgets", "2:3", "--order", 1)
    [start] = record["chosen"]
    assert start["share"] <= 0.6
    for row in start["budgets"]:
        whole = read_json(capsys, "solve", table, "--budget", row["budget"], "--order", 1)["objective"]
        assert row["full"] == pytest.approx(whole)
        assert row["reached"] <= 1 + 1e-9


@pytest.mark.parametrize("share", ["0", "1.5", "some"])
def test_measure_refuses_other_shares(capsys: pytest.CaptureFixture[str], table: Path, share: str) -> None:
    assert "share" in failed(capsys, "measure", table, "--share", share)
