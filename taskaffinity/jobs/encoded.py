"""Frozen encodings of a run with the labels of a target, as samples for estimates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from taskaffinity.analysis.estimates import NotDefined, Samples, of_images, of_maps
from taskaffinity.engine.plan import Plan
from taskaffinity.jobs.encode import EncodeJob
from taskaffinity.jobs.transfer import TransferJob
from taskaffinity.jobs.worker import Worker
from taskaffinity.names import JOINER
from taskaffinity.outputs import Classes, Dense, PixelClasses, Vector
from taskaffinity.tasks import Task
from taskaffinity.training.losses import Truth

SPLIT = "transfer"  # the labels that readouts are trained on, and no others


@dataclass(frozen=True)
class EncodedRun:
    """Encodes the images of a run, and pairs encodings with labels.

    Attributes
    ----------
    worker
        Where encodings are computed and kept.
    plan
        The first-order plan of the run.
    """

    worker: Worker
    plan: Plan
    _truths: dict[str, Truth] = field(default_factory=dict)

    @property
    def encode_jobs(self) -> list[EncodeJob]:
        """The encodings that the run needs."""
        return [job for job in self.plan.jobs if isinstance(job, EncodeJob)]

    @cached_property
    def pairs(self) -> Mapping[tuple[str, str], str]:
        """The identity of the source of each pair of source and target, those of a target together."""
        jobs = [job for job in self.plan.jobs if isinstance(job, TransferJob) and len(job.sources) == 1]
        return {(job.sources[0], job.target): job.identities[0] for job in jobs}

    def encode(self, job: EncodeJob) -> None:
        """Fill the cache of encodings, unless they are there or the source diverged."""
        if not self.worker.has_diverged(job.source):
            self.worker.encodings(job.source, job.identity, self.worker.task(job.target))

    def samples(self, source: str, target: str) -> Samples | NotDefined:
        """Return the encodings of a source with the labels of a target on the transfer split.

        The encodings of the images of one example are joined by channel, as for readouts.
        """
        if self.worker.has_diverged(source):
            return NotDefined("the training of the source diverged")
        task = self.worker.task(target)
        truth, rows = self._truth(task), self.worker.bench.experiment.examples(task, SPLIT)
        encodings = self.worker.encodings(source, self.pairs[source, target], task)
        maps = np.concatenate([encodings[column] for column in rows.T], axis=1)
        if not np.isfinite(maps).all():
            return NotDefined("the encodings are not finite")
        labels, valid = truth.value.numpy(), truth.valid.numpy()
        match self.worker.bench.experiment.output(task):
            case Classes():
                return of_images(maps, labels, valid, self._predictions(source, task, rows))
            case Vector():
                return of_images(maps, labels, valid)
            case Dense() | PixelClasses():
                return of_maps(maps, labels, valid)
        return NotDefined("its labels can only be compared within one image")

    def _truth(self, task: Task) -> Truth:
        """Read the labels of a target; those of the last one are kept."""
        if task.name not in self._truths:
            self._truths.clear()
            self._truths[task.name] = self.worker.bench.examples(task, SPLIT).truth()
        return self._truths[task.name]

    def _predictions(self, source: str, task: Task, rows: np.ndarray) -> np.ndarray | None:
        """Ask a source for the probabilities of its own classes, of examples of one untransformed image."""
        if task.images != 1 or task.transform is not None:
            return None
        worker = self.worker
        return worker.sources[source].class_probabilities(
            worker.bench, worker.supplies.weights(source), rows[:, 0]
        )


def sizes_of(run: EncodedRun) -> dict[str, float]:
    """Return the parameters of the encoder of each source."""
    names = {source for source, _ in run.pairs if JOINER not in source}
    return {name: float(run.worker.sources[name].encoder_parameters) for name in sorted(names)}
