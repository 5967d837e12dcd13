"""What a run set out to do (``jobs.json``), and how much of it the folder holds.

The driver writes the record before it begins, so that anyone can count what is done without the run's data,
tasks or checkpoints. A job is known by what it makes: cells, a source, or neither.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from taskaffinity.errors import RunError
from taskaffinity.runs.record import Record

if TYPE_CHECKING:
    from taskaffinity.runs.folder import RunFolder

Cell = tuple[str, str]


class Job(Protocol):
    """What is recorded of a job."""

    @property
    def name(self) -> str:
        """Unique in the run."""
        ...

    @property
    def kind(self) -> str:
        """What kind of work it is."""
        ...

    @property
    def identity(self) -> str:
        """Hash of what changes its result."""
        ...

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources it uses, or the one it makes."""
        ...

    @property
    def waits_for(self) -> frozenset[str]:
        """Names of the jobs that it needs."""
        ...


class JobPlan(Protocol):
    """A plan that can be recorded."""

    @property
    def jobs(self) -> Sequence[Any]:
        """Every job."""
        ...

    @property
    def cells(self) -> Mapping[Cell, Any]:
        """The job of every cell, by target and source set."""
        ...

    @property
    def source_jobs(self) -> Sequence[Any]:
        """The jobs that make sources."""
        ...


class JobRecord(Record):
    """One job.

    Attributes
    ----------
    name, kind
        As the driver calls it; kinds are not interpreted.
    identity
        Hash of what changes its result; that of its cells and its source too.
    source
        The source it makes, if it makes one.
    cells
        The cells it makes: pairs of target and source set.
    needs
        Names of the jobs that it waits for.
    """

    name: str
    kind: str
    identity: str
    source: str | None = None
    cells: tuple[Cell, ...] = ()
    needs: tuple[str, ...] = ()


class JobsRecord(Record):
    """Every job of a run, in the driver's order.

    Attributes
    ----------
    state
        Hash of all cells and of what is concluded from them. Tables and figures belong to one state.
    jobs
        All of them.
    """

    state: str
    jobs: tuple[JobRecord, ...]

    @property
    def cells(self) -> dict[Cell, str]:
        """The identity of every cell."""
        return {cell: job.identity for job in self.jobs for cell in job.cells}

    @property
    def sources(self) -> dict[str, str]:
        """The identity of every source."""
        return {job.source: job.identity for job in self.jobs if job.source is not None}


def record_jobs(plan: JobPlan, settings: Mapping[str, object]) -> JobsRecord:
    """Make the record of a plan.

    Parameters
    ----------
    plan
        Every job of the run that is known.
    settings
        What else changes the tables, as plain values: how plans are solved, and what tasks cost and count.
    """
    cells: dict[str, list[Cell]] = {}
    for cell, job in plan.cells.items():
        cells.setdefault(job.name, []).append(cell)
    makers = {job.name for job in plan.source_jobs}
    jobs = tuple(
        JobRecord(
            name=job.name, kind=job.kind, identity=job.identity,
            source=job.sources[0] if job.name in makers else None,
            cells=tuple(sorted(cells.get(job.name, []))), needs=tuple(sorted(job.waits_for)),
        )
        for job in plan.jobs
    )  # fmt: skip
    identities = sorted((*cell, job.identity) for cell, job in plan.cells.items())
    text = json.dumps({"cells": identities, "settings": settings}, sort_keys=True, default=str)
    return JobsRecord(state=hashlib.sha256(text.encode()).hexdigest()[:20], jobs=jobs)


@dataclass(frozen=True)
class Progress:
    """How much of a run its folder holds.

    Attributes
    ----------
    done
        Names of the jobs whose results are there and current.
    stale
        How many results belong to another configuration, and would be measured again.
    diverged
        Cells, as pairs of target and source set, whose loss was not finite.
    damaged
        One line for each file that cannot be read.
    """

    done: frozenset[str]
    stale: int
    diverged: list[Cell]
    damaged: list[str]


def read_progress(record: JobsRecord, folder: "RunFolder") -> Progress:
    """Read off a folder which jobs are done; a job that makes nothing is done when nobody needs it."""
    seen = _Seen(folder)
    made = {job.name: seen.has(job) for job in record.jobs if job.cells or job.source is not None}
    done = {name for name, there in made.items() if there}
    needed = {name for job in record.jobs if job.name in made and job.name not in done for name in job.needs}
    done |= {job.name for job in record.jobs if job.name not in made and job.name not in needed}
    return Progress(frozenset(done), seen.stale, sorted(seen.diverged), seen.damaged)


class _Seen:
    """Looks at results one by one, and counts what it sees."""

    def __init__(self, folder: "RunFolder") -> None:
        self.folder = folder
        self.stale = 0
        self.diverged: list[Cell] = []
        self.damaged: list[str] = []

    def has(self, job: JobRecord) -> bool:
        """Tell whether everything that a job makes is there and current."""
        there = [self._cell(cell, job.identity) for cell in job.cells]
        if job.source is not None:
            there.append(self._source(job.source, job.identity))
        return all(there)

    def _cell(self, cell: Cell, identity: str) -> bool:
        try:
            facts = self.folder.cell(*cell)
        except RunError as error:
            self.damaged.append(str(error))
            return False
        if facts is None:
            return False
        if facts.identity != identity:
            self.stale += 1
            return False
        if facts.diverged:
            self.diverged.append(cell)
        return True

    def _source(self, name: str, identity: str) -> bool:
        try:
            facts = self.folder.whole_source(name)
        except RunError as error:
            self.damaged.append(str(error))
            return False
        self.stale += facts is not None and facts.identity != identity
        return facts is not None and facts.identity == identity
