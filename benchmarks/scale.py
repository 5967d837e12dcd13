"""The engine at scale, without networks: plan, sweep, resume and status of a run of many tasks and workers.

    python benchmarks/scale.py [--tasks N] [--targets N ...] [--workers N] [--seconds S] [--images N]
        [--no-files] [--folder FOLDER] [--out FILE]

For each number of targets, a process of its own plans the run, in which every task is a source for every
target, and lets the driver work it off with an executor that only simulates. A job takes ``--seconds`` of
simulated time for each readout, and as many more for a source as in the default run's forecast, give or
take a third; it gives back the losses of ``--images`` images. What the driver does between two calls of the
executor takes its real time on the simulated clock, so workers wait where the driver is too slow: the share
of the time that they work is what a real cluster of as many workers would show. Results are written to a
run folder, read off it as a resumed run does, and removed; ``--no-files`` leaves the folder out.
"""

import argparse
import heapq
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from table import show

from taskaffinity.config import parse
from taskaffinity.engine.account import Account
from taskaffinity.engine.driver import Driver
from taskaffinity.engine.executors import Finished
from taskaffinity.engine.job import Job, Load
from taskaffinity.engine.plan import Plan, read_state
from taskaffinity.engine.result import Cell, Result, TrainedSource
from taskaffinity.jobs.plan import Planner
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import Progress, read_progress, record_jobs
from taskaffinity.sources import sources_of
from taskaffinity.tasks import discover
from taskaffinity.training.experiment import Outline

# Seconds of a job over those of a readout, as the default run forecast them (results/reference/forecast.json)
RELATIVE = {"source": 48.0, "scratch": 4.8, "constant": 1.7, "encode": 0.5, "transfer": 1.0}
BUNDLE = 8
SPREAD = 1 / 3


@dataclass
class Simulated:
    """An executor whose workers take simulated time, and whose clock adds the real time of the driver.

    Attributes
    ----------
    slots
        Workers.
    images
        Names of the test images.
    now, busy
        Simulated seconds since the start, and those in which workers worked, summed over them.
    driver, processor
        Real seconds and processor seconds of the driver.
    """

    slots: int
    images: list[str]
    now: float = 0.0
    busy: float = 0.0
    driver: float = 0.0
    processor: float = 0.0
    _running: list[tuple[float, int, Job]] = field(default_factory=list)
    _started: int = 0
    _left: float = field(default_factory=time.perf_counter)
    _left_processor: float = field(default_factory=time.process_time)
    _rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def start(self, job: Job) -> None:
        """Hand out a job."""
        with self._called():
            seconds = sum(part.load.seconds for part in job.parts) * self._rng.uniform(1 - SPREAD, 1 + SPREAD)
            self.busy += seconds
            self._started += 1
            heapq.heappush(self._running, (self.now + seconds, self._started, job))

    def wait(self) -> list[Finished]:
        """Return every job that has ended by now, one at the least."""
        with self._called():
            self.now = max(self.now, self._running[0][0])
            finished = []
            while self._running and self._running[0][0] <= self.now:
                job = heapq.heappop(self._running)[2]
                finished.append(Finished(job, self._result_of(job)))
            return finished

    def close(self) -> None:
        """Nothing is left behind."""

    @contextmanager
    def _called(self) -> Iterator[None]:
        """Add what the driver did since the last call; what happens in the block takes no time."""
        spent, processor = time.perf_counter() - self._left, time.process_time() - self._left_processor
        self.now, self.driver, self.processor = (
            self.now + spent, self.driver + spent, self.processor + processor,
        )  # fmt: skip
        yield
        self._left, self._left_processor = time.perf_counter(), time.process_time()

    def _result_of(self, job: Job) -> Result:
        cells = [self._cell(key, part) for part in job.parts for key in part.cells]
        if job.makes is None:
            return Result(cells=cells)
        return Result(TrainedSource(job.makes, {"w": np.zeros(8, np.float32)}, facts_of(job)), cells)

    def _cell(self, key: tuple[str, str], job: Job) -> Cell:
        losses = self._rng.random(len(self.images), np.float32)
        nothing = np.zeros(0, np.int64)
        facts = {**facts_of(job), "seed": 0, "transfer_size": 1000}
        return Cell(key[0], (key[1],), self.images, losses, nothing, nothing.astype(np.float32), facts)


def facts_of(job: Job) -> dict[str, Any]:
    """Return what is recorded of a job's results."""
    return {"identity": job.identity, "diverged": False, "validation": 0.5, "seconds": job.load.seconds}


class NoFolder(RunFolder):
    """A run folder that forgets."""

    def write_cell(self, cell: Cell) -> None:
        """Forget a cell."""

    def write_source(self, source: TrainedSource) -> None:
        """Forget a source."""


def outline_of(count: int) -> Outline:
    """Outline a run of so many tasks, which are those of the dictionary again and again."""
    known = [
        task
        for task in discover().values()
        if task.is_trained and not (task.output and task.output.lacks_classes)
    ]
    tasks = {f"task{n:04}": replace(known[n % len(known)], name=f"task{n:04}") for n in range(count)}
    channels = frozenset(channel for task in tasks.values() for channel in task.channels) | {"rgb"}
    return Outline(parse({}), tasks, (64, 64), channels, "counts")


def timed(row: dict[str, Any], name: str, work: Callable[[], Any]) -> Any:
    """Do some work, and add its seconds of processor time to a row; they hardly depend on the load."""
    before = time.process_time()
    made = work()
    row[name] = time.process_time() - before
    return made


def measure(targets: int, given: argparse.Namespace) -> dict[str, Any]:
    """Plan, sweep and resume one run."""
    row: dict[str, Any] = {"sources": given.tasks, "targets": targets}
    outline = outline_of(given.tasks)
    planner = Planner(outline, sources_of(outline), list(outline.tasks.values())[:targets])
    plan: Plan = timed(row, "plan s", lambda: planner.first_order)
    row["cells"] = len(plan.cells)
    plan = plan.weighed(lambda job: Load(seconds=RELATIVE[job.kind] * given.seconds))
    place = Path(tempfile.mkdtemp(dir=given.folder))
    try:
        folder = NoFolder(place) if given.no_files else RunFolder(place)
        timed(row, "jobs.json s", lambda: folder.write_jobs(record_jobs(plan.jobs, {})))
        sweep(plan, folder, given, row)
        if not given.no_files:
            resume(plan, folder, row)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    row["MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    return row


def sweep(plan: Plan, folder: RunFolder, given: argparse.Namespace, row: dict[str, Any]) -> None:
    """Work a plan off, and add how busy the workers were and what a job cost the driver."""
    images = [f"scene{number // 10:03}/point{number % 10}/view0" for number in range(given.images)]
    executor = Simulated(given.workers, images)
    account = Account(folder)
    account.begin(plan, Progress(frozenset(), 0, []))
    Driver(plan, folder, executor, bundle=BUNDLE, took=account.took).run(Progress(frozenset(), 0, []))
    account.write()
    row["s/readout"], row["driver ms/job"] = given.seconds, 1000 * executor.driver / len(plan.jobs)
    row["of it CPU"] = 1000 * executor.processor / len(plan.jobs)
    row["hours"], row["busy %"] = executor.now / 3600, 100 * executor.busy / (executor.now * given.workers)


def resume(plan: Plan, folder: RunFolder, row: dict[str, Any]) -> None:
    """Read the state as a resumed run does, with a fresh view of the folder, and as `status` does."""
    again = RunFolder(folder.path)
    state = timed(row, "state s", lambda: read_state(plan, again))
    assert len(state.done) == len(plan.jobs)
    timed(row, "again s", lambda: read_state(plan, again))
    timed(row, "account s", lambda: Account(again).begin(plan, state))
    record = timed(row, "read jobs s", RunFolder(folder.path).jobs)
    timed(row, "status s", lambda: read_progress(record, RunFolder(folder.path)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--targets", type=int, nargs="+", default=[10, 30, 100])
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of a readout")
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--no-files", action="store_true", help="leave the run folder out")
    parser.add_argument("--folder", type=Path, help="where run folders are made")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help="write the JSON here as well")
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one, given)))
        return
    rows = []
    for targets in given.targets:
        words = [sys.executable, __file__, *sys.argv[1:], "--one", str(targets)]
        done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
        rows.append(json.loads(done.stdout.splitlines()[-1]))
    show(rows, given.out)


if __name__ == "__main__":
    main()
