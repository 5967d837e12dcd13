"""What a run set out to do (``jobs.json``), and how much of it the folder holds.

The driver writes the record before it begins, so that anyone can count what is done without the run's data,
tasks or checkpoints. A job is known by what it makes: cells, a source, or neither.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from taskaffinity.errors import RunError
from taskaffinity.runs.record import Record

if TYPE_CHECKING:
    from taskaffinity.runs.folder import RunFolder

Cell = tuple[str, str]


class PlannedJob(Protocol):
    """What is recorded of a job; `JobRecord` says what each means."""

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
    def makes(self) -> str | None:
        """The source it makes, if it makes one."""
        ...

    @property
    def cells(self) -> Sequence[Cell]:
        """The cells it makes."""
        ...

    @property
    def needs(self) -> Collection[str]:
        """Names of the jobs that it waits for."""
        ...


class JobRecord(Record):
    """One job.

    Attributes
    ----------
    name, kind
        As the driver calls it; kinds are not interpreted.
    identity
        Hash of what changes its result; that of its cells and its source too.
    makes
        The source it makes, if it makes one.
    cells
        The cells it makes: pairs of target and source set.
    needs
        Names of the jobs that it waits for.
    """

    name: str
    kind: str
    identity: str
    makes: str | None = None
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
        return {job.makes: job.identity for job in self.jobs if job.makes is not None}


def record_jobs(jobs: Iterable[PlannedJob], settings: Mapping[str, object]) -> JobsRecord:
    """Make the record of what a run sets out to do.

    Parameters
    ----------
    jobs
        Every job of the run that is known.
    settings
        What else changes the tables, as plain values: how plans are solved, and what tasks cost and count.
    """
    records = tuple(
        JobRecord(
            name=job.name, kind=job.kind, identity=job.identity, makes=job.makes,
            cells=tuple(sorted(job.cells)), needs=tuple(sorted(job.needs)),
        )
        for job in jobs
    )  # fmt: skip
    identities = sorted((*cell, record.identity) for record in records for cell in record.cells)
    text = json.dumps({"cells": identities, "settings": settings}, sort_keys=True, default=str)
    return JobsRecord(state=hashlib.sha256(text.encode()).hexdigest()[:20], jobs=records)


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
    damaged: list[str] = field(default_factory=list)


def read_progress(record: JobsRecord, folder: "RunFolder") -> Progress:
    """Read off a folder which jobs are done; a job that makes nothing is done when nobody needs it."""
    seen = _Seen(folder)
    made = {job.name: seen.has(job) for job in record.jobs if job.cells or job.makes is not None}
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
        if job.makes is not None:
            there.append(self._source(job.makes, job.identity))
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
