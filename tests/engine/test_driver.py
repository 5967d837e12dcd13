import errno
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from support.jobs import making, reading

from taskaffinity.engine.driver import Driver, Tick
from taskaffinity.engine.executors import Finished
from taskaffinity.engine.job import Job
from taskaffinity.engine.plan import Plan, read_state
from taskaffinity.engine.result import Cell, Result, TrainedSource
from taskaffinity.errors import WorkerError, WriteError
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import Progress

NOTHING = Progress(frozenset(), 0, [])


def source(name: str) -> Job:
    return making(name, f"id-{name}")


def transfer(name: str, target: str) -> Job:
    return reading(name, target, f"id-{name}-{target}")


def plan() -> Plan:
    jobs = [source("a"), source("b")]
    return Plan([*jobs, *(transfer(s, t) for s in "ab" for t in ("x", "y"))])


def made_by(job: Job) -> Result:
    facts = {"identity": job.identity, "diverged": False}
    if job.makes is not None:
        return Result(TrainedSource(job.makes, {"w": np.ones(2, np.float32)}, facts))
    losses = np.ones(3, np.float32)
    cell = Cell(job.cells[0][0], job.reads, ["i", "j", "k"], losses, np.zeros(0), np.zeros(0), facts)
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
    Driver(plan(), folder, executor, show=ticks.append).run(NOTHING)
    assert sorted(executor.begun) == sorted(job.name for job in plan().jobs)
    for job in plan().jobs:
        assert all(executor.begun.index(n) < executor.begun.index(job.name) for n in job.needs)
    assert [tick.done for tick in ticks] == [0, 1, 2, 3, 4, 5, 6]
    assert (ticks[0].left, ticks[-1].left, ticks[-1].total) == (None, 0.0, 6)


def test_leaves_alone_what_the_disk_shows_as_done(folder: RunFolder):
    Driver(plan(), folder, Scripted(well)).run(NOTHING)
    folder.cell_file("y", "b").unlink()
    executor = Scripted(well)
    Driver(plan(), folder, executor).run(read_state(plan(), folder))
    assert executor.begun == ["transfer:b:y"]


def test_a_failing_job_stops_only_what_waits_for_it(folder: RunFolder, caplog: pytest.LogCaptureFixture):
    def answer(job: Job, attempt: int) -> Finished:
        if job.name == "source:a":
            return Finished(job, error="ValueError: no", trace="Traceback, line 3")
        return well(job, attempt)

    executor = Scripted(answer)
    message = r"^source:a failed \(ValueError: no\), 2 that need them were not started; the rest is recorded"
    with caplog.at_level(logging.INFO, "taskaffinity"), pytest.raises(WorkerError, match=message) as caught:
        Driver(plan(), folder, executor).run(NOTHING)
    assert "\n" not in str(caught.value)
    assert str(folder.log_file) in str(caught.value)
    assert "Traceback, line 3" in caplog.text
    assert executor.begun.count("source:a") == 1
    assert read_state(plan(), folder).done == {"source:b", "transfer:b:x", "transfer:b:y"}


def test_several_failures_are_counted(folder: RunFolder):
    with pytest.raises(WorkerError, match=r"and 1 more failed \(no\)"):
        Driver(plan(), folder, Scripted(lambda job, attempt: Finished(job, error="no"))).run(NOTHING)


@pytest.mark.parametrize("retries", [0, 2])
def test_a_job_whose_worker_dies_is_run_again_so_often(folder: RunFolder, retries: int):
    def answer(job: Job, attempt: int) -> Finished:
        dies = job.name == "transfer:a:x"
        return Finished(job, error="its worker died", died=True) if dies else well(job, attempt)

    executor = Scripted(answer)
    with pytest.raises(WorkerError, match=r"transfer:a:x failed \(its worker died\)"):
        Driver(plan(), folder, executor, retries=retries).run(NOTHING)
    assert executor.begun.count("transfer:a:x") == retries + 1
    assert len(read_state(plan(), folder).done) == 5


def test_a_job_that_gets_through_at_the_last_try_is_done(folder: RunFolder):
    def answer(job: Job, attempt: int) -> Finished:
        return well(job, attempt) if attempt == 3 else Finished(job, error="its worker died", died=True)

    Driver(plan(), folder, Scripted(answer), retries=2).run(NOTHING)
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
        Driver(plan(), folder, executor).run(NOTHING)
    assert read_state(plan(), folder).done == {"source:a"}  # two writes; the third is half of source b
    monkeypatch.setattr(os, "fsync", flushed)
    Driver(plan(), folder, Scripted(well)).run(read_state(plan(), folder))
    assert len(read_state(plan(), folder).done) == 6


def test_a_diverged_cell_is_recorded_and_said(folder: RunFolder, caplog: pytest.LogCaptureFixture):
    def answer(job: Job, attempt: int) -> Finished:
        result = made_by(job)
        for cell in result.cells:
            cell.facts["diverged"] = cell.name == "a"
        return Finished(job, result)

    with caplog.at_level(logging.WARNING, "taskaffinity"):
        Driver(plan(), folder, Scripted(answer)).run(NOTHING)
    assert read_state(plan(), folder).diverged == [("x", "a"), ("y", "a")]
    assert "x from a diverged: its loss was not finite" in caplog.text


def test_the_time_left_shrinks_to_nothing(folder: RunFolder):
    ticks: list[Tick] = []

    def answer(job: Job, attempt: int) -> Finished:
        result = made_by(job)
        for facts in [c.facts for c in result.cells] + ([result.source.facts] if result.source else []):
            facts["seconds"] = 10.0
        return Finished(job, result)

    Driver(plan(), folder, Scripted(answer), show=ticks.append).run(NOTHING)
    assert [tick.left for tick in ticks] == [None, 25.0, 20.0, 15.0, 10.0, 5.0, 0.0]


def bundled(job: Job, attempt: int) -> Finished:
    return Finished(job, Result(cells=[cell for part in job.parts for cell in made_by(part).cells]))


def many(sources: int, targets: str = "xy") -> Plan:
    jobs = [source(f"s{number}") for number in range(sources)]
    return Plan([*jobs, *(transfer(f"s{number}", target) for target in targets for number in range(sources))])


@dataclass
class Bundles(Scripted):
    """Keeps which transfers were handed out together, first come, first served."""

    bundles: list[list[str]] = field(default_factory=list)

    def start(self, job: Job) -> None:
        super().start(job)
        if job.kind == "transfer":
            self.bundles.append([part.name for part in job.parts])

    def wait(self) -> list[Finished]:
        job = self.running.pop(0)
        return [self.answer(job, self.begun.count(job.name))]


def sources_or(answer: Callable[[Job, int], Finished]) -> Callable[[Job, int], Finished]:
    return lambda job, attempt: answer(job, attempt) if job.kind == "transfer" else well(job, attempt)


def test_readouts_of_one_target_are_handed_out_together_and_fewer_towards_the_end(folder: RunFolder):
    executor, took = Bundles(sources_or(bundled)), []
    Driver(
        many(20), folder, executor, bundle=8, took=lambda job, seconds: took.append(job.name)
    ).run(NOTHING)  # fmt: skip
    names = [name for bundle in executor.bundles for name in bundle]
    assert sorted(names) == sorted(job.name for job in many(20).jobs if job.kind == "transfer")
    assert all(len({name[-1] for name in bundle}) == 1 for bundle in executor.bundles)
    # Of x, 20; of y, 8 while many are left, and then half of those left each time, but 4 at the least.
    assert [len(bundle) for bundle in executor.bundles] == [8, 8, 4, 8, 6, 4, 2]
    assert sorted(took) == sorted(job.name for job in many(20).jobs)
    assert len(read_state(many(20), folder).done) == 60


def test_readouts_of_different_orders_are_not_handed_out_together(folder: RunFolder):
    pairs = [reading((f"s{number}", "s0"), "x") for number in (1, 2, 3)]
    plan = many(4, "x")
    executor = Bundles(sources_or(bundled))
    Driver(Plan([*plan.jobs, *pairs]), folder, executor, bundle=8).run(NOTHING)
    assert {len({name.count("+") for name in bundle}) for bundle in executor.bundles} == {1}


def test_readouts_that_fail_together_are_run_again_one_by_one(
    folder: RunFolder, caplog: pytest.LogCaptureFixture
):
    def answer(job: Job, attempt: int) -> Finished:
        if "transfer:s1:x" in [part.name for part in job.parts]:
            return Finished(job, error="ValueError: no", trace="Traceback")
        return bundled(job, attempt)

    executor = Bundles(sources_or(answer))
    with caplog.at_level(logging.WARNING, "taskaffinity"), pytest.raises(WorkerError) as caught:
        Driver(many(8, "x"), folder, executor, bundle=4).run(NOTHING)
    assert str(caught.value).startswith("transfer:s1:x failed (ValueError: no); the rest is recorded")
    assert "it and those beside it are run again, one by one" in caplog.text
    assert executor.bundles.count(["transfer:s1:x"]) == 1
    assert len(read_state(many(8, "x"), folder).done) == 15


def test_a_worker_that_dies_under_several_readouts_counts_against_none_of_them(folder: RunFolder):
    def answer(job: Job, attempt: int) -> Finished:
        return Finished(job, error="it died", died=True) if job.beside else bundled(job, attempt)

    executor = Bundles(sources_or(answer))
    Driver(many(4, "x"), folder, executor, retries=0, bundle=4).run(NOTHING)
    assert len(read_state(many(4, "x"), folder).done) == 8


def test_what_is_done_of_a_bundle_is_not_done_again(folder: RunFolder):
    Driver(many(6, "x"), folder, Bundles(sources_or(bundled)), bundle=8).run(NOTHING)
    for name in ("s1", "s4", "s5"):
        folder.cell_file("x", name).unlink()
    executor = Bundles(sources_or(bundled))
    Driver(many(6, "x"), folder, executor, bundle=8).run(read_state(many(6, "x"), folder))
    assert executor.bundles == [["transfer:s1:x", "transfer:s4:x", "transfer:s5:x"]]
