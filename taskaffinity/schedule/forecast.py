"""How long the rest takes, from what the jobs done so far took."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from taskaffinity.schedule.jobs import Job


@dataclass
class Forecast:
    """Seconds per unit of a job's cost, learned kind by kind while the work goes on.

    Attributes
    ----------
    slots
        Jobs that run at a time.
    """

    slots: int
    _seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _cost: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def learn(self, job: Job, seconds: float) -> None:
        """Take in how long one job took."""
        self._seconds[job.kind] += seconds
        self._cost[job.kind] += job.cost

    def remaining(self, jobs: Iterable[Job]) -> float | None:
        """Forecast the seconds that jobs will take; None before anything was learned."""
        total, overall = 0.0, sum(self._cost.values())
        if not overall:
            return None
        common = sum(self._seconds.values()) / overall
        for job in jobs:
            known = self._cost.get(job.kind, 0.0)
            total += job.cost * (self._seconds[job.kind] / known if known else common)
        return total / self.slots
