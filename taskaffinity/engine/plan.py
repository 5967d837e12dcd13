"""The plan: every job of a run, and which of them the run folder shows as done."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from taskaffinity.engine.job import CellKey, Job, Load
from taskaffinity.store import RunFolder


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


@dataclass(frozen=True)
class State:
    """What the run folder shows of a plan.

    Attributes
    ----------
    done
        Names of the jobs whose results are there and current.
    stale
        How many results belong to another configuration, and have to be made again.
    diverged
        Cells, as pairs of target and sources, whose loss was not finite.
    """

    done: frozenset[str]
    stale: int
    diverged: list[CellKey]


def read_state(plan: Plan, folder: RunFolder) -> State:
    """Read off the run folder which jobs are done."""
    done, stale, diverged = set(), 0, []
    for job in plan.jobs:
        results = [folder.whole_source_facts(job.makes)] if job.makes is not None else []
        for cell in job.cells:
            facts = folder.cell_facts(*cell)
            results.append(facts)
            if facts and _is_current(facts, job) and facts.get("diverged"):
                diverged.append(cell)
        stale += sum(facts is not None and not _is_current(facts, job) for facts in results)
        if results and all(_is_current(facts, job) for facts in results):
            done.add(job.name)
    done |= _unneeded(plan, done)
    return State(frozenset(done), stale, sorted(diverged))


def _is_current(facts: dict[str, Any] | None, job: Job) -> bool:
    return facts is not None and facts.get("identity") == job.identity


def _unneeded(plan: Plan, done: set[str]) -> set[str]:
    """Name the jobs without a record that no unfinished job needs."""
    needed = {name for job in plan.jobs if job.name not in done for name in job.needs}
    return {job.name for job in plan.jobs if not job.is_recorded and job.name not in needed}
