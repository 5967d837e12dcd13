"""The contract that every executor keeps, as a suite; and workers that do what a test asks for."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.jobs import reading
from taskaffinity.engine.executors import Executor, Finished
from taskaffinity.engine.job import Job
from taskaffinity.engine.result import Result, TrainedSource


def ask(order: str, name: str = "x") -> Job:
    """A job whose target tells `Obedient` what to do."""
    return reading(name, order)


@dataclass(frozen=True)
class Orders:
    """A context whose workers follow the order that a job carries; `folder` is where they leave marks."""

    folder: Path
    opening_fails: bool = False

    def open(self, device: str) -> "Obedient":
        if self.opening_fails:
            raise ValueError("cannot\nopen")
        return Obedient(device, self.folder)


@dataclass
class Obedient:
    """Does as its job says."""

    device: str
    folder: Path
    jobs: int = 0

    def perform(self, job: Job) -> Result:
        self.jobs += 1
        match job.cells[0][0].split():
            case ["fail"]:
                raise ValueError("a fault\nof two lines")
            case ["strange"]:
                raise StrangeError(1, 2)
            case ["die"]:
                os.kill(os.getpid(), signal.SIGKILL)
            case ["exit"]:
                os._exit(3)
            case ["die-once"] if not (self.folder / job.name).exists():
                (self.folder / job.name).touch()
                os.kill(os.getpid(), signal.SIGKILL)
            case ["meet", count]:
                (self.folder / f"met-{os.getpid()}").touch()
                deadline = time.monotonic() + 300
                while len(list(self.folder.glob("met-*"))) < int(count):
                    assert time.monotonic() < deadline
                    time.sleep(0.02)
            case ["sleep", seconds]:
                (self.folder / f"asleep-{os.getpid()}").touch()
                time.sleep(float(seconds))
        facts = {"device": self.device, "process": os.getpid(), "jobs": self.jobs}
        return Result(TrainedSource(job.reads[0], {}, facts))


class StrangeError(Exception):
    """An exception that pickle can take apart but not put together again."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def collect(executor: Executor, count: int) -> dict[str, Finished]:
    """Wait until `count` jobs came back."""
    finished: dict[str, Finished] = {}
    while len(finished) < count:
        for one in executor.wait():
            assert one.job.name not in finished
            finished[one.job.name] = one
    return finished


def facts(finished: Finished) -> dict[str, object]:
    assert finished.result is not None, finished.error
    assert finished.result.source is not None
    return finished.result.source.facts


class ExecutorContract:
    """Inherit, and give `make` that builds an executor of two slots over a context."""

    def make(self, context: Orders) -> Executor:
        raise NotImplementedError

    @pytest.fixture
    def executor(self, tmp_path: Path) -> Iterator[Executor]:
        executor = self.make(Orders(tmp_path))
        yield executor
        executor.close()

    def test_gives_each_job_back_once_with_its_result(self, executor: Executor):
        first = ask("do", "a")
        executor.start(first)
        done = collect(executor, 1)
        executor.start(ask("do", "b"))
        executor.start(ask("do", "c"))
        done |= collect(executor, 2)
        assert set(done) == {"transfer:a:do", "transfer:b:do", "transfer:c:do"}
        assert done[first.name].job == first

    def test_runs_as_many_jobs_at_a_time_as_it_has_slots(self, executor: Executor):
        assert executor.slots == 2
        executor.start(ask("meet 2", "a"))
        executor.start(ask("meet 2", "b"))
        done = collect(executor, 2)
        assert len({facts(one)["process"] for one in done.values()}) == 2

    def test_keeps_its_workers_from_job_to_job(self, executor: Executor):
        for count in (1, 2, 3):
            executor.start(ask("do", f"n{count}"))
            (one,) = collect(executor, 1).values()
            assert facts(one)["jobs"] == count

    def test_says_a_failure_in_one_line_and_goes_on(self, executor: Executor):
        executor.start(ask("fail"))
        executor.start(ask("do"))
        done = collect(executor, 2)
        failed = done["transfer:x:fail"]
        assert failed.error == "ValueError: a fault of two lines"
        assert "in perform" in str(failed.trace)
        assert not failed.died
        assert done["transfer:x:do"].error is None

    def test_says_an_error_that_cannot_be_pickled(self, executor: Executor):
        executor.start(ask("strange"))
        (failed,) = collect(executor, 1).values()
        assert failed.error == "StrangeError: 1 and 2"
        assert not failed.died

    @pytest.mark.parametrize("order", ["die", "exit"])
    def test_tells_of_a_dead_worker_and_no_other_job_suffers(self, executor: Executor, order: str):
        executor.start(ask("sleep 0.5"))
        executor.start(ask(order))
        done = collect(executor, 2)
        dead = done[f"transfer:x:{order}"]
        assert dead.died
        assert "worker died" in str(dead.error)
        assert done["transfer:x:sleep 0.5"].error is None
        executor.start(ask("do", "a"))
        executor.start(ask("do", "b"))
        assert all(one.error is None for one in collect(executor, 2).values())

    def test_says_why_a_worker_cannot_be_set_up(self, tmp_path: Path):
        executor = self.make(Orders(tmp_path, opening_fails=True))
        try:
            executor.start(ask("do"))
            (failed,) = collect(executor, 1).values()
        finally:
            executor.close()
        assert failed.error == "ValueError: cannot open"
        assert not failed.died

    def test_closes_at_once_and_ends_its_workers(self, tmp_path: Path):
        executor = self.make(Orders(tmp_path))
        executor.start(ask("do"))
        collect(executor, 1)  # a job may begin only in `wait`, unless a worker is idle
        executor.start(ask("sleep 600"))
        while not list(tmp_path.glob("asleep-*")):
            time.sleep(0.02)
        executor.close()
        executor.close()
        (mark,) = tmp_path.glob("asleep-*")
        # A cluster passes the word on; the job would go on for longer.
        assert all_end([int(mark.name.removeprefix("asleep-"))], within=60)


def all_end(processes: Iterable[int], within: float = 120) -> bool:
    """Whether none of the processes is there any more, now or before so many seconds have passed.

    Seconds, because a process that ends with its driver (a worker, a tracker) has to notice first.
    """
    deadline = time.monotonic() + within
    left = [process for process in processes if is_alive(process)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [process for process in left if is_alive(process)]
    return not left


def is_alive(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"
