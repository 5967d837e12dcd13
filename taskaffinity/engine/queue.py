"""The queue of a plan: hands out jobs in plan order, each once the jobs that it needs are done."""

import heapq
from collections.abc import Hashable, Iterable

from taskaffinity.engine.job import Job

Ranked = tuple[int, str]  # a job's place in the order, and its name


class Queue:
    """Jobs that wait, in the order in which they are best started.

    Each job counts the jobs that it still waits for. When the count reaches zero, it enters a heap of ready
    jobs and, where it has one, a heap of its group. Starting a job takes O(log n); an entry of a job that was
    handed out through the other heap is dropped when it is met.

    Parameters
    ----------
    jobs
        The jobs to hand out, in order.
    done
        Names of the jobs that are done already.
    """

    def __init__(self, jobs: Iterable[Job], done: Iterable[str] = ()) -> None:
        self._waiting: dict[str, Job] = {job.name: job for job in jobs}
        self._done = set(done)
        self._rank = {name: rank for rank, name in enumerate(self._waiting)}
        self._missing: dict[str, int] = {}  # jobs that are needed and not done, counted
        self._needed_by: dict[str, list[str]] = {}
        self._ready: list[Ranked] = []
        self._ready_of: dict[Hashable, list[Ranked]] = {}
        self._alone: set[str] = set()  # jobs that are not handed out with others any more
        self._front = 0
        self.grouped = sum(job.group is not None for job in self._waiting.values())
        for job in self._waiting.values():
            self._count_needs(job)

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def done(self) -> int:
        """How many jobs are done."""
        return len(self._done)

    def take(self, most: int) -> list[Job]:
        """Take the first ready job, and up to `most` jobs in all of its group that are ready too."""
        name = self._first_of(self._ready)
        if name is None:
            return []
        group = self._waiting[name].group
        if group is None or name in self._alone:
            return [self._remove(name)]
        taken: list[Job] = []
        while len(taken) < max(1, most) and (name := self._first_of(self._ready_of[group])) is not None:
            taken.append(self._remove(name))
        return taken

    def finish(self, job: Job) -> None:
        """Count a job as done; jobs that waited for it alone are ready."""
        self._done.add(job.name)
        for name in self._needed_by.pop(job.name, ()):
            self._missing[name] -= 1
            if not self._missing[name]:
                self._make_ready(name)

    def put_back(self, jobs: Iterable[Job], *, alone: bool = False) -> None:
        """Put jobs that were taken before all others, in the order given; `alone` keeps each by itself."""
        jobs = list(jobs)
        self._front -= len(jobs)
        for place, job in enumerate(jobs):
            self._waiting[job.name] = job
            self._rank[job.name] = self._front + place
            self.grouped += job.group is not None
            if alone:
                self._alone.add(job.name)
            self._make_ready(job.name)

    def _count_needs(self, job: Job) -> None:
        missing = job.needs - self._done
        self._missing[job.name] = len(missing)
        for need in missing:
            self._needed_by.setdefault(need, []).append(job.name)
        if not missing:
            self._make_ready(job.name)

    def _make_ready(self, name: str) -> None:
        entry, group = (self._rank[name], name), self._waiting[name].group
        heapq.heappush(self._ready, entry)
        if group is not None and name not in self._alone:
            heapq.heappush(self._ready_of.setdefault(group, []), entry)

    def _first_of(self, ready: list[Ranked]) -> str | None:
        """Return the first name of a heap whose job still waits at that place."""
        while ready:
            rank, name = ready[0]
            if name in self._waiting and self._rank[name] == rank:
                return name
            heapq.heappop(ready)
        return None

    def _remove(self, name: str) -> Job:
        job = self._waiting.pop(name)
        self.grouped -= job.group is not None
        return job
