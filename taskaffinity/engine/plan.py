"""The plan: every job of a run, and which of them the run folder shows as done."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from taskaffinity.engine.job import CellKey, Job, Load
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import Progress, read_progress, record_jobs

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plan:
    """All jobs of a run, in the order in which they are best started: a job comes after those it needs."""

    jobs: list[Job]

    @cached_property
    def cells(self) -> dict[CellKey, Job]:
        """The job that makes each cell, by target and sources."""
        return {cell: job for job in self.jobs for cell in job.cells}

    @cached_property
    def kinds(self) -> list[str]:
        """The kinds of its jobs, in the order in which they first come."""
        return list(dict.fromkeys(job.kind for job in self.jobs))

    @property
    def source_jobs(self) -> list[Job]:
        """The jobs that make sources."""
        return [job for job in self.jobs if job.makes is not None]

    def weighed(self, load: Callable[[Job], Load]) -> "Plan":
        """Return the plan with the load of each job."""
        return Plan([replace(job, load=load(job)) for job in self.jobs])


def read_state(plan: Plan, folder: RunFolder) -> Progress:
    """Read off the run folder which jobs are done; damaged results are not, and the log names them."""
    progress = read_progress(record_jobs(plan.jobs, {}), folder)
    for line in progress.damaged:
        log.warning("%s", line)
    return progress
