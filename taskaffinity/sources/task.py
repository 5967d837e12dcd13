"""Kind ``task``: a task's own network, trained on the source split; every trained task of a run is one."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from torch import nn

from taskaffinity.engine.result import Result
from taskaffinity.models.encoder import encoding_shape, make_encoder
from taskaffinity.models.shapes import EncodingShape
from taskaffinity.names import SELF
from taskaffinity.sources import Head, LabelShare, Source, Weights
from taskaffinity.tasks import Classes, Task
from taskaffinity.training.bench import Bench
from taskaffinity.training.experiment import Outline
from taskaffinity.training.identity import parts_of_run, parts_of_task
from taskaffinity.training.own import own_probabilities, train_source
from taskaffinity.training.workload import Counts, Reads, Work, own_blueprint


@dataclass(frozen=True, eq=False)
class TaskSource(Source):
    """The own network of a task.

    A task that is a target alone has a network too, which predicts it but is offered to no other target.

    Attributes
    ----------
    task
        The task.
    """

    kind: ClassVar[str] = "task"
    work_name: ClassVar[str] = "source"

    task: Task = field(kw_only=True)

    @classmethod
    def of_run(cls, run: Outline) -> Iterator[Source]:
        """Return a source for every task that is trained."""
        for task in run.tasks.values():
            if task.is_trained:
                yield cls(
                    run, task.name, task.title, task.group,
                    labels=() if task.is_self_supervised else (LabelShare(task.name),),
                    heads=(Head(task.name, SELF),) if "target" in task.roles else (),
                    is_offered="source" in task.roles, reads_initial=run.initial is not None, task=task,
                )  # fmt: skip

    @property
    def shape(self) -> EncodingShape:
        """The shape of the encoding of ``model.encoder``."""
        return encoding_shape(self.run.config.model, self.run.size)

    @property
    def parts(self) -> Mapping[str, object]:
        """The task's code, how it is trained, and what every network of the run depends on."""
        return {
            "task": parts_of_task(self.task, self.run.provides),
            "settings": self.run.config.source.model_dump(),
            "weights": self.run.initial,
            **parts_of_run(self.run),
        }

    def make(self, bench: Bench, initial: Weights | None) -> Result:
        """Train the task's own network."""
        return train_source(bench, self.task, self.run.config.source, initial)

    def build(self) -> nn.Module:
        """Build the encoder that ``model`` describes."""
        return make_encoder(self.run.config.model)

    def class_probabilities(self, bench: Bench, weights: Weights, rows: np.ndarray) -> np.ndarray | None:
        """Predict the classes of the task, where it has classes of single untransformed images."""
        task = self.task
        if not isinstance(task.output, Classes) or task.images != 1 or task.transform is not None:
            return None
        return own_probabilities(bench, task, weights, self.precision, rows)

    @property
    def architecture(self) -> Hashable:
        """The model, which all tasks share."""
        return self.run.config.model.model_copy(update={"weights": None})

    def work(self, counts: Counts) -> Work:
        """Return what it takes to train, validate and test the network."""
        task, settings = self.task, self.run.config.source
        scored = settings.checkpoints * counts.examples[task.name, "validation"]
        if self.heads:
            scored += counts.examples[task.name, "test"]
        return Work(
            own_blueprint(task, self.run.config.model, counts, settings), settings.updates,
            min(settings.batch, counts.examples[task.name, "source"]), scored, Reads.EXAMPLES, task.name,
        )  # fmt: skip
