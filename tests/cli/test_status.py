import json
import shutil
from pathlib import Path

import pytest

from taskaffinity.cli.main import main

pytestmark = pytest.mark.xdist_group("finished run")


def test_a_finished_run_is_complete(finished: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["status", str(finished), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["complete"] is True
    assert record["stale"] == 0
    assert record["diverged"] == []
    assert record["jobs"]["source"] == {"total": 3, "done": 3}
    assert record["jobs"]["transfer"] == {"total": 8, "done": 8}


def test_what_is_missing_is_counted(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    run = tmp_path / "run"
    shutil.copytree(finished, run)
    (run / "cells" / "denoising" / "jigsaw.npz").unlink()
    (run / "report.html").unlink()
    assert main(["status", str(run)]) == 0
    said = capsys.readouterr().out
    assert "transfer       7     8" in said
    assert "report  not written yet; go on with the same `taskaffinity run`" in said


def test_people_are_told_where_the_report_is(finished: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["status", str(finished)]) == 0
    assert f"report  {finished / 'report.html'}" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, "seed: [", "seed: x\n"])
def test_a_folder_that_is_no_run_or_whose_config_is_damaged_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None
):
    if content is not None:
        (tmp_path / "config.yaml").write_text(content)
    assert main(["status", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert len(said.splitlines()) == 1
