"""What a dry run prints."""

import json
from pathlib import Path

import pytest
from support import tiny

from taskaffinity.cli.forecast import table_of
from taskaffinity.cli.main import main

pytestmark = pytest.mark.xdist_group("finished run")

RECORD = {
    "by_kind": {"source": {"jobs": 2, "updates": 4000, "operations": 3 * 10**15, "seconds": 7200.0}},
    "total": {"jobs": 2, "updates": 4000, "operations": 3 * 10**15, "seconds": 7200.0},
    "workers": 4, "hours": 0.5, "bytes": {"sources": 3 * 2**20, "cells": 10},
}  # fmt: skip


def test_the_table_is_for_people():
    lines = table_of(RECORD, "4 workers (cpu)").splitlines()
    assert lines[1].split() == ["source", "2", "4,000", "3.00e+15", "2.0", "h"]
    assert lines[-2:] == ["about 30.0 min on 4 workers (cpu)", "on disk: sources 3 MiB, cells 10 B"]


def dry_run(config: Path, out: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict:
    assert main(["run", str(config), "--out", str(out), "--dry-run", "--json", *options]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_dry_run_weighs_what_is_left_and_counts_higher_orders(
    frames: Path, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    config = tiny.write(tmp_path / "tiny.yaml", frames)
    fresh = dry_run(config, tmp_path / "out", capsys)
    assert fresh["jobs"]["transfer"] == {"total": 8, "done": 0}
    assert fresh["left"]["by_kind"]["transfer"]["updates"] == 8 * 4
    assert fresh["left"]["hours"] > 0
    assert fresh["left"]["bytes"]["encodings"] > 0
    assert not (tmp_path / "out").exists()
    before = {file: file.stat().st_mtime_ns for file in finished.rglob("*")}
    done = dry_run(config, finished, capsys, "--set", "transfer.orders=[1,2]")
    assert done["jobs"]["source"] == {"total": 3, "done": 3}
    assert set(done["left"]["by_kind"]) <= {"transfer", "encode"}
    assert {file: file.stat().st_mtime_ns for file in finished.rglob("*")} == before


def test_a_finished_run_tells_what_it_was_to_take_and_what_it_took(finished: Path):
    account = json.loads((finished / "forecast.json").read_text())
    kinds = account["by_kind"]
    assert {kind: spent["jobs"] for kind, spent in kinds.items()} == {
        "source": 3, "random": 1, "scratch": 2, "constant": 2, "encode": 8, "transfer": 8,
    }  # fmt: skip
    assert all(spent["actual"] > 0 for spent in kinds.values())
    assert account["actual_seconds"] == pytest.approx(sum(k["actual"] for k in kinds.values()), abs=0.01)
    assert account["forecast_seconds"] == pytest.approx(sum(k["forecast"] for k in kinds.values()), abs=0.01)
    assert "forecast" in (finished / "report.html").read_text()
