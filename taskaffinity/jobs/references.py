"""Jobs that make the references of a target: its network from scratch, and the best constant guess."""

from dataclasses import dataclass

from taskaffinity.config import Optimiser, ScratchSettings
from taskaffinity.engine.result import Result
from taskaffinity.jobs.base import RunJob, Setup
from taskaffinity.jobs.worker import Worker
from taskaffinity.names import CONSTANT, SCRATCH
from taskaffinity.tasks import Task
from taskaffinity.training.constant import CONSTANT_FIT, fit_constant
from taskaffinity.training.experiment import Outline
from taskaffinity.training.identity import hashed, parts_of_run, parts_of_task
from taskaffinity.training.own import train_scratch
from taskaffinity.training.workload import ConstantBlueprint, Reads, Work, own_blueprint


@dataclass(frozen=True, kw_only=True)
class ScratchJob(RunJob):
    """Trains a target's own network on the transfer split alone."""

    target: str
    settings: ScratchSettings

    @classmethod
    def of(cls, run: Outline, target: Task) -> "ScratchJob":
        """Plan the reference of a target."""
        settings = run.config.scratch
        identity = hashed(
            kind="scratch", task=parts_of_task(target, run.provides), settings=settings.model_dump(),
            images=run.config.transfer.images, **parts_of_run(run),
        )  # fmt: skip
        return cls(
            name=f"scratch:{target.name}", kind="scratch", identity=identity,
            cells=((target.name, SCRATCH),), target=target.name, settings=settings,
        )  # fmt: skip

    def perform(self, worker: Worker) -> Result:
        """Train and test the network."""
        cell = train_scratch(worker.bench, worker.task(self.target), self.settings)
        cell.facts["transfer_size"] = worker.count(self.target, "transfer")
        return Result(cells=[cell])

    def work(self, setup: Setup) -> Work:
        """Return what training, validation and test cost."""
        counts, task = setup.counts, setup.tasks[self.target]
        return Work(
            own_blueprint(task, setup.config.model, counts, self.settings), self.settings.updates,
            min(self.settings.batch, counts.examples[self.target, "transfer"]),
            self.settings.checkpoints * counts.examples[self.target, "validation"]
            + counts.examples[self.target, "test"],
            Reads.EXAMPLES, self.target,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ConstantJob(RunJob):
    """Fits the best constant guess of a target on the source split."""

    target: str
    settings: Optimiser

    @classmethod
    def of(cls, run: Outline, target: Task) -> "ConstantJob":
        """Plan the reference of a target."""
        settings = CONSTANT_FIT
        identity = hashed(
            kind="constant", task=parts_of_task(target, run.provides), settings=settings.model_dump(),
            **parts_of_run(run),
        )  # fmt: skip
        return cls(
            name=f"constant:{target.name}", kind="constant", identity=identity,
            cells=((target.name, CONSTANT),), target=target.name, settings=settings,
        )  # fmt: skip

    def perform(self, worker: Worker) -> Result:
        """Fit and test the guess."""
        cell = fit_constant(worker.bench, worker.task(self.target), self.settings)
        cell.facts["transfer_size"] = worker.count(self.target, "source")
        return Result(cells=[cell])

    def work(self, setup: Setup) -> Work:
        """Return what fitting costs; it has no operations, but reads every label of its batches."""
        counts, task = setup.counts, setup.tasks[self.target]
        own = own_blueprint(task, setup.config.model, counts, self.settings)
        return Work(
            ConstantBlueprint(own.output, own.loss, own.size, self.settings, own.prediction_shape()),
            self.settings.updates, min(self.settings.batch, counts.examples[self.target, "source"]),
            self.settings.checkpoints * counts.examples[self.target, "validation"]
            + counts.examples[self.target, "test"],
            Reads.LABELS, self.target,
        )  # fmt: skip
