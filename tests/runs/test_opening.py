import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support.affinities import random_table, rates

import taskaffinity
from taskaffinity.analysis.measured import analyse
from taskaffinity.analysis.tables import read_losses
from taskaffinity.errors import InputError, RunError, TableError
from taskaffinity.runs.affinities import Run
from taskaffinity.runs.conclude import write_analysis
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.tables import SOURCES, RunTables

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


def test_a_plan_without_a_label_budget_is_shown(tmp_path: Path) -> None:
    TABLE.to_csv(tmp_path / "a.csv", index=False)
    found = taskaffinity.open(tmp_path / "a.csv")
    page = found.solve(compute=2.0, compute_cost=dict.fromkeys(found.buyable, 1.0))._repr_html_()
    assert "compute 2 of 2" in page
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
    modules = "runs.opening, cli.main, analysis.plan, analysis.curve, analysis.stability, analysis.compare"
    names = [f"taskaffinity.{name}" for name in modules.split(", ")]
    code = f"import sys, {', '.join(names)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


drawn = np.random.default_rng(0)
LOSSES = pd.DataFrame(
    [
        {"target": target, "sources": sources, "image": f"i{image}", "loss": float(drawn.uniform())}
        for target in ("t0", "t1")
        for sources in ("self", "scratch", "random", "constant", "t0", "t1", "s0")
        for image in range(12)
    ]
)


class TestOpen:
    def test_a_table_of_losses_is_analysed(self, tmp_path: Path) -> None:
        LOSSES.to_csv(tmp_path / "losses.csv", index=False)
        LOSSES.to_parquet(tmp_path / "losses.parquet", index=False)
        found = taskaffinity.open(tmp_path / "losses.csv")
        assert found.performance is not None
        assert found.gain is not None
        assert found.sanity is not None
        assert list(found.sanity["target"]) == ["t0", "t1"]
        assert found.buyable == ["s0", "t0", "t1"]
        again = taskaffinity.open(tmp_path / "losses.parquet")
        pd.testing.assert_frame_equal(found.affinities, again.affinities)

    def test_a_run_folder_is_a_run(self, run: Path) -> None:
        found = taskaffinity.open(run)
        assert isinstance(found, Run)
        assert found.affinities.equals(taskaffinity.load_run(run).affinities)

    def test_sources_are_derived_where_no_table_has_them(self, run: Path) -> None:
        found = taskaffinity.open(run)
        assert list(found.sources.columns) == list(SOURCES)
        assert list(found.sources["source"]) == [*found.buyable, "random"]
        own = found.sources[found.sources["kind"] == "task"]
        assert (own["labels"] == own["source"]).all()
        assert list(found.sources["labels"])[-1] == ""
        assert found.sources["encoder_operations"].isna().all()

    def test_sources_are_those_of_the_table_where_there_is_one(self, run: Path) -> None:
        (run / "sources.csv").write_text("source,kind,labels,encoder_operations\nmine,hologram,a:0.5;b,1e9\n")
        row = taskaffinity.open(run).sources.iloc[0]
        assert (row["kind"], row["labels"], row["encoder_operations"]) == ("hologram", "a:0.5;b", 1e9)

    def test_comparing_with_itself_is_full_agreement(self, run: Path) -> None:
        found = taskaffinity.open(run)
        compared = found.compare(run)
        assert set(compared["target"]) <= set(found.targets)
        assert compared["rho"].dropna().to_numpy() == pytest.approx(1)

    def test_an_option_that_is_not_known_is_refused_by_name(self, run: Path) -> None:
        with pytest.raises(InputError, match=r"no option bugdet; there are .*excluded"):
            taskaffinity.open(run).solve(2, bugdet=3)  # type: ignore[call-arg]

    def test_excluded_and_required_sources(self, run: Path) -> None:
        found = taskaffinity.open(run)
        plan = found.solve(3, excluded=["s1", "t1"], required=["s0"])
        assert "s0" in plan.sources
        assert not {"s1", "t1"} & set(plan.sources)


class TestPlan:
    def test_its_frame_has_a_row_a_target(self, run: Path) -> None:
        plan = taskaffinity.open(run).solve(2)
        frame = plan.frame()
        assert list(frame["target"]) == [transfer.target for transfer in plan.transfers]
        assert frame["affinity"].between(0, 1).all()

    def test_its_html_escapes_names(self, tmp_path: Path) -> None:
        table = tmp_path / "a.csv"
        table.write_text("target,sources,affinity\n<b>x,self,0.5\n<b>x,<i>y,0.4\n")
        found = taskaffinity.open(table)
        for page in (found.solve(1)._repr_html_(), found._repr_html_()):
            assert "<b>x" not in page
            assert "&lt;b&gt;x" in page


class TestPlot:
    @pytest.mark.parametrize(
        "name",
        [
            "affinity_matrix", "performance_matrix", "taxonomy", "gain_quality", "budget_curve", "task_tree",
            "sanity",
        ],
    )  # fmt: skip
    def test_every_figure_of_a_run_can_be_drawn(self, run_of_tables: RunFolder, name: str) -> None:
        found = taskaffinity.open(run_of_tables.path)
        assert getattr(found.plot, name)().axes

    def test_a_table_draws_what_it_is_asked_for(self, tmp_path: Path) -> None:
        TABLE.to_csv(tmp_path / "a.csv", index=False)
        plot = taskaffinity.open(tmp_path / "a.csv").plot
        assert plot.taxonomy(budget=2).axes
        assert plot.task_tree().axes
        for draw in (plot.sanity, plot.performance_matrix, plot.taxonomy):
            with pytest.raises(InputError):
                draw()


def test_opening_imports_no_torch_and_runs_no_task_of_the_run(run_of_tables: RunFolder) -> None:
    code = (
        "import sys, taskaffinity; from taskaffinity.runs.folder import RunFolder;"
        f"found = taskaffinity.open({str(run_of_tables.path)!r}); found.sources; found._repr_html_();"
        "sys.exit('torch' in sys.modules or 'taskaffinity.training' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_what_is_unknown_is_recorded_and_read_again(run_of_tables: RunFolder, tmp_path: Path) -> None:
    rows = [
        ("t", sources, image, loss)
        for sources, images, loss in (("a", "xyz", 0.1), ("b", "xyz", 0.2), ("scratch", "uvw", 0.3))
        for image in images
    ]
    pd.DataFrame(rows, columns=["target", "sources", "image", "loss"]).to_csv(tmp_path / "l.csv", index=False)
    (unknown,) = taskaffinity.open(tmp_path / "l.csv").unknown
    assert (unknown.target, unknown.what, unknown.sources) == ("t", "gain", ("a", "b"))
    assert RunTables(run_of_tables).unknown() == ()
    write_analysis(run_of_tables, analyse(read_losses(tmp_path / "l.csv")))
    assert RunTables(run_of_tables).unknown() == (unknown,)
