"""How long jobs will take: summed by kind before a run, and updated during it from the jobs that are done."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from taskaffinity.engine.job import NOTHING, Job, Load


@dataclass(frozen=True)
class Amount:
    """Some jobs: how many, and what they cost together."""

    jobs: int = 0
    load: Load = NOTHING

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.jobs + other.jobs, self.load + other.load)

    def record(self) -> dict[str, Any]:
        """Return plain values: ``jobs``, ``updates``, ``operations``, ``seconds``."""
        return {"jobs": self.jobs, **asdict(self.load)}


def by_kind(jobs: Iterable[Job]) -> dict[str, Amount]:
    """Sum weighed jobs by kind."""
    amounts: dict[str, Amount] = {}
    for job in jobs:
        amounts[job.kind] = amounts.get(job.kind, Amount()) + Amount(1, job.load)
    return amounts


def record_of(amounts: Mapping[str, Amount], sizes: Mapping[str, int], slots: int) -> dict[str, Any]:
    """Return a forecast as plain values.

    Parameters
    ----------
    amounts
        Of jobs by kind.
    sizes
        Bytes on disk, by what they are of.
    slots
        Jobs that run at a time.
    """
    total = sum(amounts.values(), Amount())
    return {
        "by_kind": {kind: amount.record() for kind, amount in amounts.items()},
        "total": total.record(),
        "workers": slots,
        "hours": total.load.seconds / slots / 3600,
        "bytes": dict(sizes),
    }


@dataclass
class _Kind:
    """What is known of one kind of job: what is left of it, and how long those that are done took."""

    jobs: int = 0  # left
    seconds: float = 0.0  # estimated, of those left
    taken: float = 0.0
    estimated: float = 0.0  # of those that are done

    def add(self, jobs: int, seconds: float) -> None:
        self.jobs += jobs
        self.seconds = self.seconds + seconds if self.jobs else 0.0  # no rounding is left of nothing


@dataclass
class TimeLeft:
    """Actual over estimated seconds of jobs, learned for each kind while a plan is worked off.

    A forecast takes time by the kinds of jobs, not by the jobs that are left.

    Attributes
    ----------
    slots
        Jobs that run at a time.
    """

    slots: int
    _kinds: dict[str, _Kind] = field(default_factory=lambda: defaultdict(_Kind))

    def expect(self, job: Job) -> None:
        """Add a job that is to be done."""
        self._kinds[job.kind].add(1, job.load.seconds)

    def drop(self, job: Job) -> None:
        """Take away a job that was expected: it is done, or failed for good."""
        self._kinds[job.kind].add(-1, -job.load.seconds)

    def learn(self, job: Job, seconds: float) -> None:
        """Add what one job took."""
        kind = self._kinds[job.kind]
        kind.taken += seconds
        kind.estimated += job.load.seconds

    def remaining(self) -> float | None:
        """Forecast the seconds that the expected jobs will take; None before the first is done.

        A kind of which none is done yet takes the pace of all that are.
        """
        estimated = sum(kind.estimated for kind in self._kinds.values())
        if not estimated:
            return None
        common = sum(kind.taken for kind in self._kinds.values()) / estimated
        rates = (
            (kind, kind.taken / kind.estimated if kind.estimated else common) for kind in self._kinds.values()
        )
        return sum(kind.seconds * rate for kind, rate in rates) / self.slots
