"""Jobs that make a source: train it, draw it, or load it, as its kind does."""

from dataclasses import dataclass

from taskaffinity.engine.result import Result
from taskaffinity.jobs.base import RunJob, Setup
from taskaffinity.jobs.worker import Worker
from taskaffinity.sources import Source
from taskaffinity.training.workload import Work


@dataclass(frozen=True, kw_only=True)
class SourceJob(RunJob):
    """Makes a source, with a cell for each target that it predicts itself."""

    source: str

    @classmethod
    def of(cls, source: Source) -> "SourceJob":
        """Plan the making of a source."""
        kind = source.work_name or source.kind
        return cls(
            name=f"{kind}:{source.name}", kind=kind, identity=source.identity, makes=source.name,
            cells=tuple((head.target, head.cell) for head in source.heads), initial=source.reads_initial,
            source=source.name,
        )  # fmt: skip

    def perform(self, worker: Worker) -> Result:
        """Make the source."""
        initial = worker.supplies.initial() if self.initial else None
        result = worker.sources[self.source].make(worker.bench, initial)
        for cell in result.cells:
            cell.facts.setdefault("transfer_size", worker.count(cell.target, "source"))
        return result

    def work(self, setup: Setup) -> Work:
        """Return what the source says."""
        return setup.sources[self.source].work(setup.counts)
