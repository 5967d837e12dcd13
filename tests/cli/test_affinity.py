import json
from pathlib import Path

import numpy as np
import pytest
from support.losses import make_losses

from taskaffinity.analysis.tables import read_table, write_table
from taskaffinity.cli.main import main


@pytest.fixture
def losses(tmp_path: Path) -> Path:
    """A losses table on disk."""
    file = tmp_path / "losses.csv"
    write_table(make_losses(), file)
    return file


def test_the_best_sources_are_printed(losses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["affinity", str(losses), "--resamples", "20"]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split() == ["target", "sources", "affinity", "low", "high", "gain", "quality"]
    assert [line.split()[:2] for line in lines[:3]] == [
        ["edges", name] for name in ("edges+normal", "normal", "edges")
    ]
    assert len(lines) == 6


def test_json_has_every_transfer(losses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["affinity", str(losses), "--json", "--resamples", "20"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["normaliser"] == "ahp"
    assert set(record["sanity"]) == {"constant", "random"}
    assert [target["target"] for target in record["targets"]] == ["edges", "normal"]
    for target in record["targets"]:
        assert sum(transfer["affinity"] for transfer in target["transfers"]) == pytest.approx(1.0)
        assert ["edges", "normal"] in [transfer["sources"] for transfer in target["transfers"]]
        assert all(transfer["low"] <= transfer["high"] for transfer in target["transfers"])
        assert target["consistency_ratio"] >= 0
        assert -1 <= target["tau"] <= 1


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_out_writes_what_solve_reads(losses: Path, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = losses.with_name(f"affinities.{kind}")
    assert main(["affinity", str(losses), "--out", str(out), "--resamples", "0"]) == 0
    assert capsys.readouterr().out == f"10 affinities of 2 targets in {out}\n"
    table = read_table(out, "affinity")
    np.testing.assert_allclose(table.groupby("target")["affinity"].sum(), 1.0)
    assert main(["solve", str(out), "--budget", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cost"] == 1


def test_the_normaliser_changes_the_affinities(losses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for normaliser in ("ahp", "bradley-terry"):
        assert main(["affinity", str(losses), "--normaliser", normaliser, "--resamples", "0"]) == 0
        printed.append(capsys.readouterr().out)
    assert printed[0] != printed[1]


def test_a_run_folder_is_read_by_its_losses(losses: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = losses.parent / "run"
    run.mkdir()
    (run / "config.yaml").write_text("")
    assert main(["affinity", str(run)]) == 2
    assert "has no losses.parquet yet" in capsys.readouterr().err
    write_table(make_losses(), run / "losses.parquet")
    assert main(["affinity", str(run), "--resamples", "0"]) == 0
    from_run = capsys.readouterr().out
    assert main(["affinity", str(losses), "--resamples", "0"]) == 0
    assert capsys.readouterr().out == from_run


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.csv"], "nothing.csv is not a file"),
        (["."], "is not a run folder"),
        (["losses.csv", "--out", "affinities.txt"], "neither .csv nor .parquet"),
        (["losses.csv", "--normaliser", "elo"], "elo"),
        (["losses.csv", "--resamples", "-1"], "--resamples"),
        (["bad.csv"], "bad.csv has no column 'loss' (there are: target, sources, image)"),
    ],
)
def test_bad_input_is_one_line_and_exit_status_two(
    losses: Path,
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(losses.parent)
    Path("bad.csv").write_text("target,sources,image\na,b,i\n")
    assert main(["affinity", *arguments]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1
    assert printed.out == ""
