"""Jobs that make a source: train it, draw it, or load it, as its kind does."""

from collections.abc import Mapping
from dataclasses import dataclass

from taskaffinity.engine.result import Result, TrainedSource
from taskaffinity.jobs.base import RunJob, Setup
from taskaffinity.jobs.cells import diverged_cell
from taskaffinity.jobs.worker import Worker
from taskaffinity.sources import Source
from taskaffinity.training.workload import Work


@dataclass(frozen=True, kw_only=True)
class SourceJob(RunJob):
    """Makes a source, with a cell for each target that it predicts itself.

    Attributes
    ----------
    source
        Its name.
    builds_on
        The source whose weights it starts from; None for none.
    """

    source: str
    builds_on: str | None = None

    @classmethod
    def of(cls, source: Source, sources: Mapping[str, Source]) -> "SourceJob":
        """Plan the making of one of the sources of a run."""
        before = (sources[source.builds_on],) if source.builds_on else ()
        return cls(
            name=job_name(source), kind=kind_of(source), identity=source.identity, makes=source.name,
            needs=frozenset(map(job_name, before)), reads=tuple(one.name for one in before),
            cells=tuple((head.target, head.cell) for head in source.heads), initial=source.reads_initial,
            source=source.name, builds_on=source.builds_on,
        )  # fmt: skip

    def perform(self, worker: Worker) -> Result:
        """Make the source; one that builds on a source that diverged has diverged too."""
        if self.builds_on is not None and worker.has_diverged(self.builds_on):
            return self._diverged(worker)
        initial = worker.supplies.initial() if self.initial else None
        if self.builds_on is not None:
            initial = worker.supplies.weights(self.builds_on)
        result = worker.sources[self.source].make(worker.bench, initial)
        for cell in result.cells:
            cell.facts.setdefault("transfer_size", worker.count(cell.target, "source"))
        return result

    def _diverged(self, worker: Worker) -> Result:
        facts = {"diverged": True, "validation": None, "examples": 0}
        cells = [diverged_cell(worker, worker.task(target), (name,)) for target, name in self.cells]
        return Result(TrainedSource(self.source, {}, facts), cells)

    def work(self, setup: Setup) -> Work:
        """Return what the source says."""
        return setup.sources[self.source].work(setup.counts)


def kind_of(source: Source) -> str:
    """Return what jobs that make sources of its kind are called."""
    return source.work_name or source.kind


def job_name(source: Source) -> str:
    """Return the name of the job that makes a source."""
    return f"{kind_of(source)}:{source.name}"
