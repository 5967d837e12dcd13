import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from support.affinities import random_table, rates

import taskaffinity
from taskaffinity.errors import RunError, TableError

TABLE = random_table(7, share=2)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.yaml").write_text("{}")
    TABLE.to_csv(folder / "affinities.csv", index=False)
    for name in ("gain", "quality"):
        rates(TABLE, name, 1).to_csv(folder / f"{name}.csv", index=False)
    rates(TABLE, "loss", 1).to_csv(folder / "performance.csv", index=False)
    tasks = {"t0": {"roles": ["target"], "importance": 2.0}, "s0": {"roles": ["source"], "label_cost": 0.5}}
    (folder / "data.json").write_text(json.dumps({"tasks": {**tasks, "elsewhere": {"importance": 3.0}}}))
    return folder


def test_a_run_knows_its_frames_and_what_its_tasks_say(run: Path) -> None:
    found = taskaffinity.load_run(run)
    assert len(found.performance) == len(found.gain) == len(found.quality) == len(found.affinities)
    assert (found.importance, found.label_cost, found.novel) == ({"t0": 2.0}, {"s0": 0.5}, ("t0",))
    taxonomy = found.solve(2)
    assert taxonomy.mean_gain is not None
    assert "t0" not in taxonomy.sources
    assert set(found.graph(2).nodes) >= set(taxonomy.sources)
    assert found.solve(2, novel=["t1"]).sources == found.solve(2, novel=["t0", "t1"]).sources


def test_affinities_of_a_table(tmp_path: Path) -> None:
    TABLE.to_csv(tmp_path / "a.csv", index=False)
    rates(TABLE, "gain", 1).to_csv(tmp_path / "g.csv", index=False)
    found = taskaffinity.load_affinities(tmp_path / "a.csv", gain=tmp_path / "g.csv")
    assert found.buyable == ["s0", "s1", "t0", "t1", "t2", "t3", "t4"]
    curve = found.curve([1, 2], random=10)
    assert isinstance(curve, pd.DataFrame)
    assert curve["random.gain.p50"].between(0, 1).all()
    assert len(found.curve(random=0)) == 7
    assert set(found.tree().leaves) == set(found.buyable)
    page = found._repr_html_()
    assert "5 targets, 7 sources" in page
    assert "<table" in page


def test_what_is_not_a_finished_run(tmp_path: Path, run: Path) -> None:
    with pytest.raises(RunError, match="not a run folder"):
        taskaffinity.load_run(tmp_path)
    (run / "performance.csv").unlink()
    with pytest.raises(RunError, match=r"no performance\.csv yet"):
        taskaffinity.load_affinities(run)
    with pytest.raises(TableError):
        taskaffinity.load_affinities(tmp_path / "none.csv")
    with pytest.raises(AttributeError):
        _ = taskaffinity.nothing


def test_analysing_imports_no_torch() -> None:
    modules = "notebook, cli.main, analysis.plan, analysis.curve, analysis.stability, analysis.compare"
    names = [f"taskaffinity.{name}" for name in modules.split(", ")]
    code = f"import sys, {', '.join(names)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
