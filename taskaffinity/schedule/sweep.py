"""The driver: hands out what can be done, records what came back, and goes on where the disk left off."""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field

from taskaffinity.errors import WorkerError
from taskaffinity.schedule.executors import Executor, Finished
from taskaffinity.schedule.forecast import Forecast
from taskaffinity.schedule.jobs import Job
from taskaffinity.schedule.plan import Plan, State
from taskaffinity.store import RunFolder

log = logging.getLogger(__name__)


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
class Sweep:
    """Works off a plan.

    Attributes
    ----------
    plan
        What is to be done.
    folder
        Where it is recorded.
    executor
        Who does it.
    retries
        How often a job whose worker died is run again.
    show
        Called with a `Tick` after each job.
    """

    plan: Plan
    folder: RunFolder
    executor: Executor
    retries: int = 2
    show: Callable[[Tick], None] = lambda tick: None
    _deaths: Counter[str] = field(default_factory=Counter)
    _failed: dict[str, str] = field(default_factory=dict)

    def run(self, state: State) -> None:
        """Do every job that is not done.

        Raises
        ------
        WorkerError
            Some jobs failed, after all others that could be done were done and recorded.
        """
        done = set(state.done)
        waiting = deque(job for job in self.plan.jobs if job.name not in done)
        running: dict[str, Job] = {}
        forecast = Forecast(self.executor.slots)
        self._tick(None, done, forecast, waiting, running)
        while waiting or running:
            self._hand_out(waiting, running, done)
            if not running:
                break  # what is left waits for jobs that failed
            started = time.monotonic()
            for finished in self.executor.wait():
                del running[finished.job.name]
                if self._take(finished, waiting):
                    done.add(finished.job.name)
                    forecast.learn(finished.job, _seconds(finished, started))
                self._tick(finished.job, done, forecast, waiting, running)
        self._report_failures(len(waiting))

    def _hand_out(self, waiting: deque[Job], running: dict[str, Job], done: set[str]) -> None:
        """Start the first jobs whose needs are met, as many as there are slots."""
        for job in list(waiting):
            if len(running) >= self.executor.slots:
                return
            if job.waits_for <= done:
                waiting.remove(job)
                running[job.name] = job
                self.executor.start(job)

    def _take(self, finished: Finished, waiting: deque[Job]) -> bool:
        """Record what came back; tell whether the job is done."""
        job = finished.job
        if finished.result is None:
            self._deaths[job.name] += finished.died
            if finished.died and self._deaths[job.name] <= self.retries:
                log.warning("%s: its worker died; it is run again", job.name)
                waiting.appendleft(job)
            else:
                log.error("%s failed: %s", job.name, finished.error)
                self._failed[job.name] = str(finished.error)
            return False
        for cell in finished.result.cells:
            self.folder.write_cell(cell)
            if cell.facts["diverged"]:
                log.warning("%s from %s diverged: its loss was not finite", cell.target, cell.name)
        if finished.result.source:
            self.folder.write_source(finished.result.source)
        log.info("%s done", job.name)
        return True

    def _tick(
        self,
        job: Job | None,
        done: set[str],
        forecast: Forecast,
        waiting: deque[Job],
        running: dict[str, Job],
    ) -> None:
        left = forecast.remaining([*waiting, *running.values()])
        self.show(Tick(job, len(done), len(self.plan.jobs), left))

    def _report_failures(self, blocked: int) -> None:
        if not self._failed:
            return
        name, reason = next(iter(self._failed.items()))
        more = f" and {len(self._failed) - 1} more" if len(self._failed) > 1 else ""
        held = f", {blocked} jobs that wait for them were left" if blocked else ""
        raise WorkerError(
            f"{name}{more} failed ({reason}){held}; the rest is recorded; see {self.folder.log_file}, "
            "mend the cause and run the same command again"
        )


def _seconds(finished: Finished, started: float) -> float:
    """Return how long a job took, by its own clock where it left a record."""
    result = finished.result
    facts = [cell.facts for cell in result.cells] if result else []
    if result and result.source:
        facts.append(result.source.facts)
    return max((float(f["seconds"]) for f in facts), default=time.monotonic() - started)
