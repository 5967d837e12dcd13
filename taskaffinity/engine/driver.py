"""The driver: hands out jobs whose needs are met, records what comes back, resumes from the run folder."""

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from taskaffinity.engine.executors import Executor, Finished
from taskaffinity.engine.forecast import TimeLeft
from taskaffinity.engine.job import Job, together
from taskaffinity.engine.plan import Plan
from taskaffinity.engine.queue import Queue
from taskaffinity.engine.result import Result
from taskaffinity.errors import WorkerError
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import Progress

log = logging.getLogger(__name__)

WRITERS = 4  # results that are written to the disk at a time
FEWEST = 4  # jobs of a group handed out together, where as many are ready: one alone takes nearly as long


@dataclass(frozen=True)
class Tick:
    """What there is to show after a job.

    Attributes
    ----------
    job
        The job that came back; None at the very start.
    done, total
        Jobs of this plan that are finished, and all of them.
    left
        Forecast of the seconds left; None before anything was learned.
    """

    job: Job | None
    done: int
    total: int
    left: float | None


@dataclass
class Driver:
    """Works off a plan.

    Attributes
    ----------
    plan
        The jobs.
    folder
        Where results are recorded.
    executor
        Where jobs run.
    retries
        How often a job whose worker died is run again.
    bundle
        How many jobs of one group are handed out together, at most. Towards the end they are fewer, so that
        all slots have something to do (guided self-scheduling, Polychronopoulos and Kuck, 1987).
    show
        Called with a `Tick` after each job.
    took
        Called with each job that is done, and its seconds.
    """

    plan: Plan
    folder: RunFolder
    executor: Executor
    retries: int = 2
    bundle: int = 1
    show: Callable[[Tick], None] = lambda tick: None
    took: Callable[[Job, float], None] = lambda job, seconds: None
    _running: dict[str, tuple[Job, float]] = field(default_factory=dict)  # and when it was started
    _deaths: Counter[str] = field(default_factory=Counter)
    _failed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._queue = Queue(())
        self._time_left = TimeLeft(self.executor.slots)

    def run(self, state: Progress) -> None:
        """Do every job that is not done.

        Raises
        ------
        WorkerError
            Some jobs failed, after all others that could be done were done and recorded.
        WriteError
            A result could not be recorded; no further job is started.
        """
        jobs = [job for job in self.plan.jobs if job.name not in state.done]
        self._queue = Queue(jobs, state.done)
        for job in jobs:
            self._time_left.expect(job)
        self._tick(None)
        while self._queue or self._running:
            self._hand_out()
            if not self._running:
                break  # all jobs that wait need one that failed
            came_back = self.executor.wait()
            self._record([finished.result for finished in came_back if finished.result is not None])
            for finished in came_back:
                self._take(finished)
                self._tick(finished.job)
        self._report_failures()

    def _hand_out(self) -> None:
        """Start the first jobs whose needs are met, as many as there are slots."""
        while len(self._running) < self.executor.slots and (jobs := self._queue.take(self._most())):
            job = together(jobs)
            self._running[job.name] = job, time.monotonic()
            self.executor.start(job)

    def _most(self) -> int:
        """How many jobs of a group are handed out together now."""
        return min(self.bundle, max(FEWEST, math.ceil(self._queue.grouped / self.executor.slots)))

    def _take(self, finished: Finished) -> None:
        """Take in a job that came back."""
        job, started = self._running.pop(finished.job.name)
        if finished.result is None:
            self._take_failure(finished)
            return
        seconds = _seconds(finished.result, time.monotonic() - started)
        for part in job.parts:
            self._queue.finish(part)
            self._time_left.learn(part, seconds)
            self._time_left.drop(part)
            self.took(part, seconds)
            log.info("%s done", part.name)

    def _take_failure(self, finished: Finished) -> None:
        """Queue a job again whose worker died; keep the reason of one that failed.

        Jobs that failed together are run again one by one, for nothing tells which of them failed.
        """
        name = finished.job.name
        if finished.job.beside:
            log.warning("%s: %s; it and those beside it are run again, one by one", name, finished.error)
            self._queue.put_back(finished.job.parts, alone=True)
            return
        self._deaths[name] += finished.died
        if finished.died and self._deaths[name] <= self.retries:
            log.warning("%s: %s; it is run again", name, finished.error)
            self._queue.put_back([finished.job])
            return
        log.error("%s failed: %s", name, finished.error)
        if finished.trace:
            log.error(finished.trace)
        self._failed[name] = str(finished.error)
        self._time_left.drop(finished.job)

    def _record(self, results: Sequence[Result]) -> None:
        """Write what jobs made; a source comes after its cells, and counts only with them.

        Most of a write is waiting for the disk, so several are under way at a time.
        """
        cells = [cell for result in results for cell in result.cells]
        with ThreadPoolExecutor(WRITERS) as writers:
            list(writers.map(self.folder.write_cell, cells))
        for cell in cells:
            if cell.facts["diverged"]:
                log.warning("%s from %s diverged: its loss was not finite", cell.target, cell.name)
        for result in results:
            if result.source:
                self.folder.write_source(result.source)

    def _tick(self, job: Job | None) -> None:
        self.show(Tick(job, self._queue.done, len(self.plan.jobs), self._time_left.remaining()))

    def _report_failures(self) -> None:
        if not self._failed:
            return
        name, reason = next(iter(self._failed.items()))
        more = f" and {len(self._failed) - 1} more" if len(self._failed) > 1 else ""
        blocked = len(self._queue)
        held = f", {blocked} that need them were not started" if blocked else ""
        raise WorkerError(
            f"{name}{more} failed ({reason}){held}; the rest is recorded; see {self.folder.log_file}, "
            "remove the cause and run the same command again"
        )


def _seconds(result: Result, otherwise: float) -> float:
    """Return how long a job took, or each of several done together, by its own clock if it left a record."""
    facts = [cell.facts for cell in result.cells] + ([result.source.facts] if result.source else [])
    return max((float(f["seconds"]) for f in facts if "seconds" in f), default=otherwise)
