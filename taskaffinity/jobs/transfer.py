"""Jobs that train readouts: one source set tried on one target each, those of one target side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from taskaffinity.config import TransferSettings
from taskaffinity.engine.result import Result
from taskaffinity.jobs.base import RunJob, Setup
from taskaffinity.jobs.cells import diverged_cell
from taskaffinity.jobs.encode import EncodeJob
from taskaffinity.jobs.worker import Worker
from taskaffinity.names import JOINER
from taskaffinity.sources import Source
from taskaffinity.tasks import Task
from taskaffinity.training.encodings import SourceSet
from taskaffinity.training.experiment import Outline
from taskaffinity.training.identity import hashed, parts_of_readouts, parts_of_run, parts_of_task
from taskaffinity.training.transfer import train_transfers
from taskaffinity.training.workload import ReadoutBlueprint, Work


@dataclass(frozen=True, kw_only=True)
class TransferJob(RunJob):
    """Trains the readout of a target on the frozen encodings of a source set.

    Attributes
    ----------
    sources, identities
        The sources, in the order in which they are joined, and the identities of their encodings.
    target
        The target.
    settings
        How readouts are trained.
    """

    sources: tuple[str, ...]
    identities: tuple[str, ...]
    target: str
    settings: TransferSettings

    @classmethod
    def of(
        cls, run: Outline, sources: Sequence[Source], encodings: Sequence[EncodeJob], target: Task
    ) -> "TransferJob":
        """Plan a transfer from sources whose encodings are planned.

        Those with as many sources whose encodings have the same shapes can be trained side by side.
        """
        settings = run.config.transfer
        names, identities = tuple(s.name for s in sources), tuple(job.identity for job in encodings)
        joined = JOINER.join(names)
        identity = hashed(
            kind="transfer", sources=dict(zip(names, identities, strict=True)),
            task=parts_of_task(target, run.provides), settings=parts_of_readouts(settings),
            **parts_of_run(run),
        )  # fmt: skip
        return cls(
            name=f"transfer:{joined}:{target.name}", kind="transfer", identity=identity,
            needs=frozenset(job.name for job in encodings), cells=((target.name, joined),), reads=names,
            group=(target.name, tuple(source.shape for source in sources)), sources=names,
            identities=identities, target=target.name, settings=settings,
        )  # fmt: skip

    def perform(self, worker: Worker) -> Result:
        """Train all parts side by side; those from a source that diverged are not tried."""
        target, parts = worker.task(self.target), cast(tuple[TransferJob, ...], self.parts)
        hopeless = {part.name for part in parts if any(map(worker.has_diverged, part.sources))}
        source_sets = [part.source_set(worker, target) for part in parts if part.name not in hopeless]
        trained = iter(
            train_transfers(worker.bench, target, source_sets, self.settings) if source_sets else ()
        )
        cells = [
            diverged_cell(worker, target, part.sources) if part.name in hopeless else next(trained)
            for part in parts
        ]
        for cell in cells:
            cell.facts["transfer_size"] = worker.count(self.target, "transfer")
        return Result(cells=cells)

    def source_set(self, worker: Worker, target: Task) -> SourceSet:
        """Gather the encodings that the readout reads."""
        pairs = zip(self.sources, self.identities, strict=True)
        return SourceSet(self.sources, [worker.encodings(name, key, target) for name, key in pairs])

    def work(self, setup: Setup) -> Work:
        """Return what training, validation and test cost."""
        counts, task, settings = setup.counts, setup.tasks[self.target], self.settings
        shapes = tuple(setup.sources[name].shape for name in self.sources)
        model = setup.config.model.model_copy(update={"weights": None})
        return Work(
            ReadoutBlueprint(
                counts.outputs[self.target], task.loss, counts.size, settings, task.images, shapes, model
            ),
            settings.updates, min(settings.batch, counts.examples[self.target, "transfer"]),
            settings.checkpoints * counts.examples[self.target, "validation"]
            + counts.examples[self.target, "test"],
            task=self.target,
        )  # fmt: skip
