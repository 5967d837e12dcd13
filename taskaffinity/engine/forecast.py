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
class TimeLeft:
    """Actual over estimated seconds of jobs, learned for each kind while a plan is worked off.

    Attributes
    ----------
    slots
        Jobs that run at a time.
    """

    slots: int
    _taken: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _estimated: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def learn(self, job: Job, seconds: float) -> None:
        """Add what one job took."""
        self._taken[job.kind] += seconds
        self._estimated[job.kind] += job.load.seconds

    def remaining(self, jobs: Iterable[Job]) -> float | None:
        """Forecast the seconds that jobs will take; None before the first is done.

        A kind of which none is done yet takes the pace of all that are.
        """
        estimated = sum(self._estimated.values())
        if not estimated:
            return None
        common, total = sum(self._taken.values()) / estimated, 0.0
        for job in jobs:
            of_kind = self._estimated.get(job.kind, 0.0)
            total += job.load.seconds * (self._taken[job.kind] / of_kind if of_kind else common)
        return total / self.slots
