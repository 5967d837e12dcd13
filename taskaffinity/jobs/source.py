"""Jobs that make a source: train it, draw it, or load it, as its kind does."""

from dataclasses import dataclass

from taskaffinity.engine.result import Result, TrainedSource
from taskaffinity.jobs.base import RunJob, Setup
from taskaffinity.jobs.worker import Worker
from taskaffinity.sources import Source, Weights
from taskaffinity.training.workload import Work


@dataclass(frozen=True, kw_only=True)
class SourceJob(RunJob):
    """Makes a source, with a cell for each target that it predicts itself.

    Attributes
    ----------
    source
        Its name.
    base
        Name of the source that it builds on; empty for none.
    """

    source: str
    base: str = ""

    @classmethod
    def of(cls, source: Source, base: Source | None = None) -> "SourceJob":
        """Plan the making of a source, after that of the one that it builds on."""
        return cls(
            name=_name(source), kind=source.work_name or source.kind, identity=source.identity,
            needs=frozenset({_name(base)}) if base else frozenset(), makes=source.name,
            cells=tuple((head.target, head.cell) for head in source.heads),
            reads=(base.name,) if base else (), initial=source.reads_initial, source=source.name,
            base=source.builds_on,
        )  # fmt: skip

    def perform(self, worker: Worker) -> Result:
        """Make the source; one that builds on a source that diverged counts as diverged."""
        if self.base and worker.has_diverged(self.base):
            facts = {"diverged": True, "validation": None, "examples": 0}
            return Result(TrainedSource(self.source, {}, facts))
        result = worker.sources[self.source].make(worker.bench, self._initial(worker))
        for cell in result.cells:
            cell.facts.setdefault("transfer_size", worker.count(cell.target, "source"))
        return result

    def _initial(self, worker: Worker) -> Weights | None:
        if self.base:
            return worker.supplies.weights(self.base)
        return worker.supplies.initial() if self.initial else None

    def work(self, setup: Setup) -> Work:
        """Return what the source says."""
        return setup.sources[self.source].work(setup.counts)


def _name(source: Source) -> str:
    return f"{source.work_name or source.kind}:{source.name}"
