import errno
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from taskaffinity.errors import WorkerError, WriteError
from taskaffinity.schedule.executors import Finished
from taskaffinity.schedule.jobs import Job
from taskaffinity.schedule.plan import Plan, State, read_state
from taskaffinity.schedule.sweep import Sweep, Tick
from taskaffinity.store import RunFolder
from taskaffinity.training.result import Cell, Result, TrainedSource

NOTHING = State(frozenset(), 0, [])


def source(name: str) -> Job:
    return Job("source", (name,), None, f"id-{name}")


def transfer(name: str, target: str) -> Job:
    return Job("transfer", (name,), target, f"id-{name}-{target}", frozenset({f"source:{name}"}))


def plan() -> Plan:
    jobs = [source("a"), source("b")]
    return Plan([*jobs, *(transfer(s, t) for s in "ab" for t in ("x", "y"))], {})


def made_by(job: Job) -> Result:
    facts = {"identity": job.identity, "diverged": False}
    if job.kind == "source":
        return Result(TrainedSource(job.sources[0], {"w": np.ones(2, np.float32)}, facts))
    losses = np.ones(3, np.float32)
    cell = Cell(str(job.target), job.sources, ["i", "j", "k"], losses, np.zeros(0), np.zeros(0), facts)
    return Result(cells=[cell])


@dataclass
class Scripted:
    """An executor that answers in this process, the last job first."""

    answer: Callable[[Job, int], Finished]
    slots: int = 2
    running: list[Job] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)

    def start(self, job: Job) -> None:
        assert len(self.running) < self.slots
        self.running.append(job)
        self.begun.append(job.name)

    def wait(self) -> list[Finished]:
        job = self.running.pop()
        return [self.answer(job, self.begun.count(job.name))]

    def close(self) -> None:
        self.running.clear()


def well(job: Job, attempt: int) -> Finished:
    return Finished(job, made_by(job))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path)


def test_does_every_job_once_and_none_before_what_it_waits_for(folder: RunFolder):
    executor, ticks = Scripted(well), []
    Sweep(plan(), folder, executor, show=ticks.append).run(NOTHING)
    assert sorted(executor.begun) == sorted(job.name for job in plan().jobs)
    for job in plan().jobs:
        assert all(executor.begun.index(n) < executor.begun.index(job.name) for n in job.waits_for)
    assert [tick.done for tick in ticks] == [0, 1, 2, 3, 4, 5, 6]
    assert (ticks[0].left, ticks[-1].left, ticks[-1].total) == (None, 0.0, 6)


def test_leaves_alone_what_the_disk_shows_as_done(folder: RunFolder):
    Sweep(plan(), folder, Scripted(well)).run(NOTHING)
    folder.cell_file("y", "b").unlink()
    executor = Scripted(well)
    Sweep(plan(), folder, executor).run(read_state(plan(), folder))
    assert executor.begun == ["transfer:b:y"]


def test_a_failing_job_stops_only_what_waits_for_it(folder: RunFolder, caplog: pytest.LogCaptureFixture):
    def answer(job: Job, attempt: int) -> Finished:
        if job.name == "source:a":
            return Finished(job, error="ValueError: no", trace="Traceback, line 3")
        return well(job, attempt)

    executor = Scripted(answer)
    message = r"^source:a failed \(ValueError: no\), 2 that wait for them were left; the rest is recorded"
    with caplog.at_level(logging.INFO, "taskaffinity"), pytest.raises(WorkerError, match=message) as caught:
        Sweep(plan(), folder, executor).run(NOTHING)
    assert "\n" not in str(caught.value)
    assert str(folder.log_file) in str(caught.value)
    assert "Traceback, line 3" in caplog.text
    assert executor.begun.count("source:a") == 1
    assert read_state(plan(), folder).done == {"source:b", "transfer:b:x", "transfer:b:y"}


def test_several_failures_are_counted(folder: RunFolder):
    with pytest.raises(WorkerError, match=r"and 1 more failed \(no\)"):
        Sweep(plan(), folder, Scripted(lambda job, attempt: Finished(job, error="no"))).run(NOTHING)


@pytest.mark.parametrize("retries", [0, 2])
def test_a_job_whose_worker_dies_is_run_again_so_often(folder: RunFolder, retries: int):
    def answer(job: Job, attempt: int) -> Finished:
        dies = job.name == "transfer:a:x"
        return Finished(job, error="its worker died", died=True) if dies else well(job, attempt)

    executor = Scripted(answer)
    with pytest.raises(WorkerError, match=r"transfer:a:x failed \(its worker died\)"):
        Sweep(plan(), folder, executor, retries=retries).run(NOTHING)
    assert executor.begun.count("transfer:a:x") == retries + 1
    assert len(read_state(plan(), folder).done) == 5


def test_a_job_that_gets_through_at_the_last_try_is_done(folder: RunFolder):
    def answer(job: Job, attempt: int) -> Finished:
        return well(job, attempt) if attempt == 3 else Finished(job, error="its worker died", died=True)

    Sweep(plan(), folder, Scripted(answer), retries=2).run(NOTHING)
    assert len(read_state(plan(), folder).done) == 6


def test_a_full_disk_stops_the_sweep_with_one_error_and_keeps_what_was_done(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
):
    executor, flushed = Scripted(well, slots=1), os.fsync
    writes = iter(range(100))

    def full_after_three(handle: int) -> None:
        if next(writes) >= 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flushed(handle)

    monkeypatch.setattr(os, "fsync", full_after_three)
    with pytest.raises(WriteError, match="No space left on device"):
        Sweep(plan(), folder, executor).run(NOTHING)
    assert read_state(plan(), folder).done == {"source:a"}  # two writes; the third is half of source b
    monkeypatch.setattr(os, "fsync", flushed)
    Sweep(plan(), folder, Scripted(well)).run(read_state(plan(), folder))
    assert len(read_state(plan(), folder).done) == 6


def test_a_diverged_cell_is_recorded_and_said(folder: RunFolder, caplog: pytest.LogCaptureFixture):
    def answer(job: Job, attempt: int) -> Finished:
        result = made_by(job)
        for cell in result.cells:
            cell.facts["diverged"] = cell.name == "a"
        return Finished(job, result)

    with caplog.at_level(logging.WARNING, "taskaffinity"):
        Sweep(plan(), folder, Scripted(answer)).run(NOTHING)
    assert read_state(plan(), folder).diverged == [("x", "a"), ("y", "a")]
    assert "x from a diverged: its loss was not finite" in caplog.text


def test_the_time_left_shrinks_to_nothing(folder: RunFolder):
    ticks: list[Tick] = []

    def answer(job: Job, attempt: int) -> Finished:
        result = made_by(job)
        for facts in [c.facts for c in result.cells] + ([result.source.facts] if result.source else []):
            facts["seconds"] = 10.0
        return Finished(job, result)

    Sweep(plan(), folder, Scripted(answer), show=ticks.append).run(NOTHING)
    assert [tick.left for tick in ticks] == [None, 25.0, 20.0, 15.0, 10.0, 5.0, 0.0]
