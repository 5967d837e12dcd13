from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.engine.plan import Plan, read_state
from taskaffinity.engine.result import Cell, TrainedSource
from taskaffinity.pipeline import Prepared
from taskaffinity.runs.folder import RunFolder


def record(folder: RunFolder, plan: Plan) -> None:
    """Put a result of every job on the disk."""
    for (target, sources), job in plan.cells.items():
        facts = {"identity": job.identity, "diverged": False}
        cell = Cell(target, tuple(sources.split("+")), ["i"], np.ones(1), np.zeros(0), np.zeros(0), facts)
        folder.write_cell(cell)
    for job in plan.source_jobs:
        facts = {"identity": job.identity, "diverged": False}
        folder.write_source(TrainedSource(str(job.makes), {"w": np.ones(9, np.float32)}, facts))


@pytest.fixture
def folder(tmp_path: Path, prepared: Prepared) -> RunFolder:
    folder = RunFolder(tmp_path)
    record(folder, prepared.plan)
    return folder


def missing(plan: Plan, folder: RunFolder) -> set[str]:
    return {job.name for job in plan.jobs} - read_state(plan, folder).done


def test_every_target_is_tried_from_every_source_and_every_reference(prepared: Prepared):
    targets = {"denoising", "depth_zbuffer"}
    sources = {"denoising", "depth_zbuffer", "jigsaw", "random", "self", "scratch", "constant"}
    assert set(prepared.plan.cells) == {(target, source) for target in targets for source in sources}


def test_jobs_come_after_what_they_wait_for(prepared: Prepared):
    seen: set[str] = set()
    for job in prepared.plan.jobs:
        assert job.needs <= seen
        seen.add(job.name)


def test_a_source_is_encoded_once_for_each_input_transform(prepared: Prepared):
    """Denoising takes in noisy images, depth plain ones; readouts of either wait for its own encoding."""
    encodings = [job for job in prepared.plan.jobs if job.kind == "encode"]
    assert {(job.source, job.target) for job in encodings} == {
        (source, target)
        for source in ("denoising", "depth_zbuffer", "jigsaw", "random")
        for target in ("denoising", "depth_zbuffer")
    }


def test_an_empty_folder_shows_nothing_done(tmp_path: Path, prepared: Prepared):
    state = read_state(prepared.plan, RunFolder(tmp_path / "none"))
    assert (state.done, state.stale, state.diverged) == (frozenset(), 0, [])


def test_a_whole_folder_shows_all_done(prepared: Prepared, folder: RunFolder):
    assert missing(prepared.plan, folder) == set()
    assert read_state(prepared.plan, folder).stale == 0


def test_a_missing_readout_needs_its_encoding_again(prepared: Prepared, folder: RunFolder):
    folder.cell_file("depth_zbuffer", "jigsaw").unlink()
    assert missing(prepared.plan, folder) == {
        "transfer:jigsaw:depth_zbuffer",
        "encode:jigsaw:depth_zbuffer",
    }


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
@pytest.mark.parametrize("change", ["unlink", "cut"])
def test_a_source_that_is_not_whole_is_trained_again_and_finished_readouts_are_kept(
    prepared: Prepared, folder: RunFolder, suffix: str, change: str
):
    file = folder.path / "sources" / f"jigsaw{suffix}"
    if change == "cut":
        file.write_bytes(file.read_bytes()[:-5])
    else:
        file.unlink()
    assert missing(prepared.plan, folder) == {"source:jigsaw"}


def test_a_source_without_its_own_cell_is_trained_again(prepared: Prepared, folder: RunFolder):
    folder.cell_file("denoising", "self").write_bytes(b"half")
    assert missing(prepared.plan, folder) == {"source:denoising"}


def test_results_of_another_configuration_are_stale(prepared: Prepared, folder: RunFolder):
    other = Plan([replace(job, identity="other") for job in prepared.plan.jobs])
    state = read_state(other, folder)
    assert state.done == frozenset()
    assert state.stale == len(other.cells) + len(other.source_jobs)


def test_diverged_cells_are_named(prepared: Prepared, folder: RunFolder):
    cell = folder.read_cell("denoising", "jigsaw")
    cell.facts["diverged"] = True
    folder.write_cell(cell)
    state = read_state(prepared.plan, folder)
    assert state.diverged == [("denoising", "jigsaw")]
    assert len(state.done) == len(prepared.plan.jobs)
