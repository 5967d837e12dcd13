"""A kind of source that nothing in the package knows of goes through the whole program."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import gabor, program, tiny

from taskaffinity.config import parse
from taskaffinity.pipeline import prepare_run

pytestmark = pytest.mark.xdist_group("run with an own kind")

TARGETS = {"denoising", "depth_zbuffer"}


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return gabor.write(tmp_path_factory.mktemp("own") / "kinds")


@pytest.fixture(scope="module")
def run(frames: Path, kinds: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A finished run of first and second order, and its configuration."""
    folder = tmp_path_factory.mktemp("run")
    config = tiny.write(
        folder / "own.yaml", frames, transfer={"orders": [1, 2]},
        sources={"declared": {"filters": {"kind": "gabor", "bands": 5}}, "folders": [str(kinds)]},
    )  # fmt: skip
    program.run("run", config, "--out", folder / "run", check=True)
    return folder / "run", config


def test_its_readouts_are_measured_alone_and_beside_other_sources(run: tuple[Path, Path]):
    losses = pd.read_parquet(run[0] / "losses.parquet")
    for target in TARGETS:
        sets = set(losses.loc[losses["target"] == target, "sources"])
        assert "filters" in sets
        assert any("filters" in one.split("+") and "+" in one for one in sets)
    assert np.isfinite(losses["loss"]).all()


def test_its_encodings_have_the_shape_it_says(run: tuple[Path, Path]):
    files = list((run[0] / "features").glob("filters-*.npy"))
    assert len(files) == len(TARGETS)  # one for each input transform
    assert all(np.load(file).shape[1:] == (8, 7, 7) for file in files)


def test_the_table_of_sources_says_what_it_needs_and_costs(run: tuple[Path, Path]):
    with (run[0] / "sources.csv").open() as file:
        rows = {row["source"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"denoising", "depth_zbuffer", "jigsaw", "random", "filters"}
    mine = rows["filters"]
    assert (mine["kind"], mine["title"], mine["group"], mine["labels"]) == (
        "gabor",
        "Gabor filters",
        "2D",
        "",
    )
    assert int(mine["encoder_operations"]) == 5 * 7 * 7 * 7 * 7  # bands, kernel, and places
    assert (mine["encoder_parameters"], mine["training_operations"]) == ("0", "0")
    assert rows["depth_zbuffer"]["labels"] == "depth_zbuffer"
    assert int(rows["depth_zbuffer"]["training_operations"]) > 0


def test_status_counts_its_jobs(run: tuple[Path, Path]):
    record = json.loads(program.run("status", run[0], "--json", check=True).stdout)
    assert record["complete"]
    assert record["jobs"]["gabor"] == {"total": 1, "done": 1}


def test_a_dry_run_weighs_its_jobs(run: tuple[Path, Path], tmp_path: Path):
    done = program.run("run", run[1], "--out", tmp_path / "none", "--dry-run", "--json", check=True)
    left = json.loads(done.stdout)["left"]["by_kind"]
    assert left["gabor"]["jobs"] == 1
    assert left["encode"]["jobs"] == 5 * 2
    assert left["encode"]["operations"] > 0


def test_it_is_solved_for_and_reported(run: tuple[Path, Path]):
    solved = program.run("solve", run[0], "--budget", "2", "--json", check=True)
    assert json.loads(solved.stdout)["transfers"]
    program.run("report", run[0], check=True)
    assert "Gabor filters" in (run[0] / "report.html").read_text()


def test_the_program_lists_and_shows_it(run: tuple[Path, Path]):
    listed = json.loads(program.run("sources", "list", "--config", run[1], "--json", check=True).stdout)
    assert {one["name"]: one["kind"] for one in listed}["filters"] == "gabor"
    shown = json.loads(
        program.run("sources", "show", "filters", "--config", run[1], "--json", check=True).stdout
    )
    assert shown["encoding"] == [8, 7, 7]
    assert shown["labels"] == {}


def test_its_keys_and_its_code_are_part_of_its_identity(frames: Path, kinds: Path, tmp_path: Path):
    def identity(folder: Path, bands: int) -> str:
        declared = {"filters": {"kind": "gabor", "bands": bands}}
        config = tiny.content(frames, sources={"declared": declared, "folders": [str(folder)]})
        return prepare_run(parse(config), tiny.Silent()).sources["filters"].identity

    assert identity(kinds, 5) == identity(gabor.write(tmp_path / "moved"), 5)
    assert identity(kinds, 5) != identity(kinds, 6)
    edited = gabor.write(tmp_path / "edited") / "gabor.py"
    edited.write_text(edited.read_text().replace("stride=4", "stride=2 * 2"))
    assert identity(kinds, 5) != identity(edited.parent, 5)
