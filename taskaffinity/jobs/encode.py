"""Jobs that fill the cache of encodings."""

from dataclasses import dataclass

from taskaffinity.engine.result import Result
from taskaffinity.jobs.base import RunJob, Setup
from taskaffinity.jobs.worker import Worker
from taskaffinity.training.workload import Reads, Work


@dataclass(frozen=True, kw_only=True)
class EncodeJob(RunJob):
    """Encodes all images that readouts see with one source, after the input transform of a target."""

    source: str
    target: str

    @classmethod
    def of(cls, made: RunJob, target: str) -> "EncodeJob":
        """Plan the encodings of the source that a job makes."""
        source = str(made.makes)
        return cls(
            name=f"encode:{source}:{target}", kind="encode", identity=made.identity,
            needs=frozenset({made.name}), reads=(source,), source=source, target=target,
        )  # fmt: skip

    def perform(self, worker: Worker) -> Result:
        """Encode, unless the source diverged."""
        if not worker.has_diverged(self.source):
            worker.encodings(self.source, self.identity, worker.task(self.target))
        return Result()

    def work(self, setup: Setup) -> Work:
        """Return a pass of every view through the encoder."""
        blueprint = setup.sources[self.source].blueprint
        return Work(blueprint, scored=setup.counts.views, reads=Reads.IMAGES)

    def kept_values(self, setup: Setup) -> int:
        """Count the values of all encodings."""
        return setup.counts.views * setup.sources[self.source].shape.values
