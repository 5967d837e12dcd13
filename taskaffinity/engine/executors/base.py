"""The Executor contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Protocol

from taskaffinity.engine.job import Job
from taskaffinity.engine.result import Result
from taskaffinity.errors import TaskAffinityError

LONGEST = 300  # characters of an error; the log has all of it


class Performer(Protocol):
    """Does one job after another; lives in a worker."""

    def perform(self, job: Job) -> Result:
        """Do one job; raises where it fails."""
        ...


class Opens(Protocol):
    """What a worker is made from; picklable."""

    def open(self, device: str) -> Performer:
        """Set up on a device, given by name; ``auto`` leaves the choice to what is opened."""
        ...


@dataclass(frozen=True)
class Finished:
    """A job that came back.

    Attributes
    ----------
    job
        The job.
    result
        What it made; None where it failed.
    error
        Why it failed, in one line.
    trace
        Where it failed, for the log.
    died
        Whether its worker died under it; such a job may be run again.
    """

    job: Job
    result: Result | None = None
    error: str | None = None
    trace: str | None = None
    died: bool = False


@dataclass(frozen=True)
class Failure:
    """How a job failed, as a worker tells it: plain text, for not every exception survives pickling."""

    error: str
    trace: str


class Executor(Protocol):
    """Takes jobs and gives back finished ones.

    `start` never blocks for a job's length; no more than `slots` jobs are out at a time. A job begins at once
    where a worker is idle, and in `wait` at the latest, as soon as a worker is ready. `wait` blocks until
    something came back, and returns each started job exactly once: done, failed or died. A failing job or a
    dying worker never raises an error here, and does not affect other jobs. `close` ends the workers at once,
    whatever they are doing, and may be called twice. Only the driver calls these methods, from one thread;
    only the driver writes the run folder.
    """

    slots: int

    def start(self, job: Job) -> None:
        """Hand out a job."""
        ...

    def wait(self) -> Sequence[Finished]:
        """Wait for finished jobs."""
        ...

    def close(self) -> None:
        """End the workers."""
        ...


def in_one_line(error: BaseException) -> str:
    """Say an error in one line, cut where it is long; an error that is not ours begins with its kind."""
    said = shorten(str(error), LONGEST, placeholder=" ...")
    if isinstance(error, TaskAffinityError):
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
