"""What a run set out to do, and how much of it the folder holds; no kind of job is known by name."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.engine.result import Cell, TrainedSource
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import JobsRecord, Progress, read_progress, record_jobs


@dataclass(frozen=True)
class ToyJob:
    name: str
    kind: str
    identity: str
    makes: str | None = None
    cells: tuple[tuple[str, str], ...] = ()
    needs: frozenset[str] = frozenset()


def toy(light: str = "l1", read: str = "r1") -> list[ToyJob]:
    make = ToyJob("light:lamp", "light", light, "lamp", (("normal", "self"),))
    encode = ToyJob("see:lamp", "see", light, needs=frozenset({make.name}))
    cells = (("normal", "lamp"),)
    return [make, encode, ToyJob("read:lamp:normal", "read", read, None, cells, frozenset({encode.name}))]


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path)
    folder.write_source(TrainedSource("lamp", {"w": np.ones(3)}, {"identity": "l1", "kind": "hologram"}))
    put(folder, "self", "l1")
    put(folder, "lamp", "r1")
    return folder


def put(folder: RunFolder, sources: str, identity: str, diverged: bool = False) -> None:
    empty = np.zeros(0, np.int64)
    facts = {"identity": identity, "diverged": diverged}
    folder.write_cell(Cell("normal", (sources,), ["i"], np.ones(1, np.float32), empty, empty, facts))


def progress(folder: RunFolder, plan: list[ToyJob]) -> Progress:
    return read_progress(record_jobs(plan, {}), folder)


def test_a_record_comes_back_as_it_was(folder: RunFolder) -> None:
    record = record_jobs(toy(), {"objective": "affinity"})
    folder.write_jobs(record)
    assert folder.jobs() == record
    assert record.sources == {"lamp": "l1"}
    assert record.cells == {("normal", "lamp"): "r1", ("normal", "self"): "l1"}


def test_everything_is_done_where_everything_is_there(folder: RunFolder) -> None:
    seen = progress(folder, toy())
    assert seen.done == {"light:lamp", "see:lamp", "read:lamp:normal"}
    assert (seen.stale, seen.diverged, seen.damaged) == (0, [], [])


def test_what_leaves_no_result_is_left_while_another_job_needs_it(folder: RunFolder) -> None:
    folder.cell_file("normal", "lamp").unlink()
    assert progress(folder, toy()).done == {"light:lamp"}


def test_a_job_is_done_with_all_that_it_makes(folder: RunFolder) -> None:
    folder.cell_file("normal", "self").unlink()
    assert "light:lamp" not in progress(folder, toy()).done


def test_results_of_another_configuration_are_counted(folder: RunFolder) -> None:
    seen = progress(folder, toy(read="r2"))
    assert (seen.stale, "read:lamp:normal" in seen.done) == (1, False)


def test_diverged_and_damaged_results_are_named(folder: RunFolder) -> None:
    put(folder, "lamp", "r1", diverged=True)
    weights = folder.source_files("lamp")[0]
    weights.write_bytes(weights.read_bytes()[:-1])
    seen = progress(folder, toy())
    assert seen.diverged == [("normal", "lamp")]
    assert len(seen.damaged) == 1
    assert str(weights) in seen.damaged[0]


@pytest.mark.parametrize(
    ("plan", "settings"), [(toy(read="r2"), {}), (toy(light="l2"), {}), (toy(), {"objective": "sqrt"})]
)
def test_the_state_changes_with_any_cell_and_with_what_is_concluded(
    plan: list[ToyJob], settings: dict[str, object]
) -> None:
    assert record_jobs(plan, settings).state != record_jobs(toy(), {}).state
    assert record_jobs(toy(), {}).state == record_jobs(toy(), {}).state


def test_a_record_of_something_else_is_refused(folder: RunFolder) -> None:
    with pytest.raises(ValueError, match="state"):
        JobsRecord.read(b'{"jobs": []}')
