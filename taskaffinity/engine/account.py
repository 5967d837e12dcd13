"""The account of a run, ``forecast.json``: what its jobs were forecast to take, and what they took.

Seconds are of workers, summed over them. What a job took is read off its recorded result, so that the account
stays right when a run is resumed. Jobs without a record have their seconds kept in the file itself.
"""

import hashlib
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from taskaffinity.engine.job import Job
from taskaffinity.engine.plan import Plan
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import Progress

FILE = "forecast.json"
INTERVAL = 30.0  # seconds between two writings while jobs come back


@dataclass
class Account:
    """Keeps the account of one run folder.

    Attributes
    ----------
    folder
        The run folder.
    """

    folder: RunFolder
    _waves: dict[str, dict[str, Any]] = field(default_factory=dict)  # by key; see `_wave`
    _jobs: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _actual: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _counted: set[str] = field(default_factory=set)
    _key: str = ""
    _written: float = 0.0

    def has(self, plan: Plan) -> bool:
        """Whether a forecast of what a plan adds is on the disk."""
        return self._key_of_new(plan) in (self.folder.read_json(FILE) or {}).get("waves", {})

    def begin(self, plan: Plan, state: Progress) -> None:
        """Add the jobs of a weighed plan that were not counted yet, and what those already done took.

        A forecast of the same jobs that an earlier process recorded is kept.
        """
        self._key, jobs = self._key_of_new(plan), self._new(plan)
        self._counted |= {job.name for job in jobs}
        before = (self.folder.read_json(FILE) or {}).get("waves", {}).get(self._key)
        self._waves[self._key] = before or _wave(jobs)
        for kind, seconds in self._waves[self._key]["unrecorded"].items():
            self._actual[kind] += seconds
        for job in jobs:
            self._jobs[job.kind] += 1
            if job.name in state.done and job.is_recorded:
                self._actual[job.kind] += self._recorded(job)
        self.write()

    def took(self, job: Job, seconds: float) -> None:
        """Add what a job took."""
        self._actual[job.kind] += seconds
        if not job.is_recorded:
            unrecorded = self._waves[self._key]["unrecorded"]
            unrecorded[job.kind] = unrecorded.get(job.kind, 0.0) + seconds
        if time.monotonic() - self._written > INTERVAL:
            self.write()

    def write(self) -> None:
        """Record the account."""
        forecast: dict[str, float] = defaultdict(float)
        for wave in self._waves.values():
            for kind, seconds in wave["forecast"].items():
                forecast[kind] += seconds
        by_kind = {
            kind: {"jobs": jobs, "forecast": round(forecast[kind], 3), "actual": round(self._actual[kind], 3)}
            for kind, jobs in self._jobs.items()
        }
        self.folder.write_json(FILE, {
            "forecast_seconds": round(sum(forecast.values()), 3),
            "actual_seconds": round(sum(self._actual.values()), 3),
            "by_kind": by_kind,
            "waves": self._waves,
        })  # fmt: skip
        self._written = time.monotonic()

    def _new(self, plan: Plan) -> list[Job]:
        return [job for job in plan.jobs if job.name not in self._counted]

    def _key_of_new(self, plan: Plan) -> str:
        return _key_of(self._new(plan))

    def _recorded(self, job: Job) -> float:
        if job.makes is not None:
            facts = self.folder.source_facts(job.makes)
        else:
            facts = self.folder.cell_facts(*job.cells[0])
        return float((facts or {}).get("seconds", 0.0))


def _wave(jobs: list[Job]) -> dict[str, Any]:
    """Begin the account of some jobs: seconds by kind, as forecast, and of those without a record."""
    forecast: dict[str, float] = defaultdict(float)
    for job in jobs:
        forecast[job.kind] += job.load.seconds
    return {"forecast": dict(forecast), "unrecorded": {}}


def _key_of(jobs: list[Job]) -> str:
    """Hash which jobs they are; another configuration has another account."""
    text = json.dumps(sorted((job.name, job.identity) for job in jobs))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
