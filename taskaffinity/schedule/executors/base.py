"""The Executor contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from taskaffinity.schedule.jobs import Job
from taskaffinity.training.result import Result


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
    died
        Whether its worker died under it; such a job may be run again.
    """

    job: Job
    result: Result | None = None
    error: str | None = None
    died: bool = False


class Executor(Protocol):
    """Takes jobs and gives back finished ones.

    `start` never blocks for a job's length and keeps no more than `slots` jobs at a time. `wait` blocks until
    something came back, and gives each started job back exactly once, done, failed or died. A failing job or a
    dying worker never raises here. `close` ends the workers at once, whatever they do. Only the driver calls
    these, from one thread; only the driver writes the run folder.
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
