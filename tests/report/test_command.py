import shutil
from pathlib import Path

import pytest

from taskaffinity.cli.main import main


def test_a_run_is_reported_without_pictures_on_demand(
    tmp_path: Path, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, page = tmp_path / "run", tmp_path / "page.html"
    copy.mkdir()
    for name in ("affinities.csv", "config.yaml"):
        shutil.copy(run / name, copy)
    assert main(["report", str(copy), "--no-pictures", "--out", str(page)]) == 0
    assert f"report   {page}" in capsys.readouterr().out
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_a_table_is_reported(tmp_path: Path, run: Path) -> None:
    page = tmp_path / "page.html"
    gain = ["--gain", str(run / "gain.csv")]
    assert main(["report", str(run / "affinities.csv"), *gain, "--out", str(page)]) == 0
    assert "<h1>affinities</h1>" in page.read_text("utf-8")


@pytest.mark.parametrize("options", [["--gain", "g.csv"], ["--quality", "q.csv"]])
def test_a_run_has_rates_of_its_own(
    run: Path, capsys: pytest.CaptureFixture[str], options: list[str]
) -> None:
    assert main(["report", str(run), *options]) == 2
    assert "a run has its own" in capsys.readouterr().err


def test_a_folder_that_is_no_run_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 2
    assert "is not a run folder" in capsys.readouterr().err


def test_a_table_that_is_not_there_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path / "none.csv")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
