"""The Job contract: one piece of work, what it waits for, what it makes, and what it costs."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from taskaffinity.engine.result import Result

CellKey = tuple[str, str]  # target and source set, as in `taskaffinity.engine.result.Cell.key`


@dataclass(frozen=True)
class Load:
    """What work costs.

    Attributes
    ----------
    updates
        Optimiser steps.
    operations
        Floating-point operations; two for each multiply-add.
    seconds
        Of one worker.
    """

    updates: int = 0
    operations: int = 0
    seconds: float = 0.0

    def __add__(self, other: "Load") -> "Load":
        return Load(
            self.updates + other.updates, self.operations + other.operations, self.seconds + other.seconds
        )


NOTHING = Load()
UNWEIGHED = Load(seconds=1.0)  # of jobs whose load nobody has estimated: all count alike


@dataclass(frozen=True, kw_only=True)
class Job(ABC):
    """One piece of work. A subclass says how it is done, and carries the settings that this takes.

    Jobs are sent to workers: every field must survive pickling, and be equal to itself afterwards.

    Attributes
    ----------
    name
        Unique in a plan, and readable.
    kind
        What jobs of its sort are called where they are counted.
    identity
        A hash of what changes its result.
    needs
        Names of the jobs whose results it needs.
    makes
        Name of the source that it makes, if it makes one.
    cells
        The cells that it makes.
    reads
        Names of the sources whose weights or facts it reads.
    initial
        Whether it reads the weights that the encoders of the run start from.
    group
        Jobs of an equal group can be done side by side by one worker; None for a job that is done alone.
    load
        What it costs.
    beside
        Other jobs of its group that are done along with it; see `together`.
    """

    name: str
    kind: str
    identity: str
    needs: frozenset[str] = field(default_factory=frozenset)
    makes: str | None = None
    cells: tuple[CellKey, ...] = ()
    reads: tuple[str, ...] = ()
    initial: bool = False
    group: Hashable = None
    load: Load = UNWEIGHED
    beside: tuple["Job", ...] = ()

    @abstractmethod
    def perform(self, worker: Any) -> Result:
        """Do the work of all `parts`.

        Parameters
        ----------
        worker
            What a worker of this sort of jobs offers; it also adds identities and times to the result.

        Returns
        -------
        Result
            The source it makes, and the cells of all parts.
        """

    @property
    def parts(self) -> tuple["Job", ...]:
        """The job, and those done beside it, each by itself."""
        return (replace(self, beside=()), *self.beside)

    @property
    def is_recorded(self) -> bool:
        """Whether the run folder shows that it was done; what else jobs leave is a cache."""
        return self.makes is not None or bool(self.cells)


def together(jobs: Sequence[Job]) -> Job:
    """Join jobs of one group into one, which has the name of the first."""
    first, *others = jobs
    return replace(first, beside=tuple(others))


def sources_read(job: Job) -> set[str]:
    """Name the sources that a job and those beside it read."""
    return {source for part in job.parts for source in part.reads}
