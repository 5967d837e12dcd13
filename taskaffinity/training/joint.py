"""Training one network on several tasks at once."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from taskaffinity.config import Model, OwnNetwork
from taskaffinity.engine.result import Cell, Result, TrainedSource
from taskaffinity.models.joint import Branch, Head, JointNetwork, tail_of, trunk_of, trunk_shape
from taskaffinity.models.networks import Network, Scale
from taskaffinity.models.precision import autocast
from taskaffinity.models.weights import load_initial
from taskaffinity.training.bench import Bench, mean_loss, score
from taskaffinity.training.combine import Combination, Term, objective_of
from taskaffinity.training.examples import chunks, read_examples
from taskaffinity.training.facts import facts_of, mark, weights_of
from taskaffinity.training.interference import MeasuredInterference
from taskaffinity.training.loop import Fit, TrainingProblem, fit
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.objective import Objective
from taskaffinity.training.streams import Part, Stream, StreamBatches, labelled_rows, streams_of

SPLIT = "source"
TINY = 1e-12  # the least loss that counts when checkpoints are compared


@dataclass(frozen=True)
class Plan:
    """What a joint network is, and how it is trained.

    Attributes
    ----------
    name
        The source that it makes.
    key
        What its seeds are named by. A network of one task whose key is the task's name is that task's own
        network, to the last bit.
    parts
        The tasks, in order.
    model
        Encoder and decoders.
    settings
        Of the training.
    branch
        Where it branches.
    combine
        How losses are combined.
    interference_every
        Updates between two measurements of what the tasks do to each other; 0 for none.
    """

    name: str
    key: str
    parts: tuple[Part, ...]
    model: Model
    settings: OwnNetwork
    branch: Branch = "encoding"
    combine: Combination = "equal"
    interference_every: int = 0

    def within(self, updates: int) -> "Plan":
        """Return the same for another number of updates."""
        return replace(self, settings=self.settings.model_copy(update={"updates": updates}))

    @cached_property
    def streams(self) -> tuple[Stream, ...]:
        """What the tasks see."""
        return streams_of(self.parts)


@dataclass
class JointTraining:
    """The training of one joint network.

    Attributes
    ----------
    bench
        Where it runs.
    plan
        What is trained.
    initial
        What the encoder starts from, by parameter name; what is not there is drawn.
    """

    bench: Bench
    plan: Plan
    initial: Mapping[str, np.ndarray]
    courses: dict[str, list[float | None]] = field(default_factory=dict)

    def run(self) -> Result:
        """Train and test the network: the source, and a cell for each task that is a target and is scored."""
        plan = self.plan
        self.bench.seed("weights", plan.key, SPLIT)
        network = self._network()
        batches = [
            StreamBatches(self.bench, stream, plan.settings, *self._purpose(number))
            for number, stream in enumerate(plan.streams)
        ]
        objective = self._objective(network)
        course = self._fit(network, objective, batches)
        facts = {
            **facts_of(course), "examples": len(batches[0].rows), "updates": plan.settings.updates,
            "courses": self.courses,
        }  # fmt: skip
        if isinstance(objective, MeasuredInterference):
            names = [part.task.name for part in plan.parts]
            facts["interference"] = objective.record(names)
        cells = [mark(cell, self._facts_of(cell, course)) for cell in self._cells(network)]
        return Result(TrainedSource(plan.name, weights_of(network), facts), cells)

    def _facts_of(self, cell: Cell, course: Fit) -> dict[str, object]:
        """Return what is recorded of the training in one cell: the task's own loss at the best checkpoint."""
        validation = None
        if math.isfinite(course.best):
            validation = self.courses[cell.target][course.validation.index(course.best)]
        (part,) = (part for part in self.plan.parts if part.task.name == cell.target)
        size = len(labelled_rows(self.bench.experiment, part.task, part.share))
        return {
            "diverged": course.diverged, "validation": validation, "examples": size, "transfer_size": size,
        }  # fmt: skip

    def _purpose(self, stream: int) -> tuple[object, ...]:
        """Name the draws of a stream: those of the first as a task's own network names them."""
        return (self.plan.key, SPLIT, stream) if stream else (self.plan.key, SPLIT)

    def _network(self) -> JointNetwork:
        plan, size = self.plan, self.bench.experiment.data.size
        encoder = trunk_of(plan.model, plan.branch)
        shape = trunk_shape(plan.model, "encoding", size)
        heads = []
        for position, part in enumerate(plan.parts):
            tail = tail_of(plan.model, plan.branch)
            decoder = self.bench.decoder(part.task, shape.channels * part.task.images, shape.grid)
            (stream,) = (n for n, one in enumerate(plan.streams) if position in one.parts)
            heads.append(Head(tail, decoder, self._scale(part), stream))
        network = JointNetwork(encoder, heads, [stream.images for stream in plan.streams])
        load_initial(network.encoder, self.initial)  # type: ignore[arg-type]
        return network.to(self.bench.device)

    def _scale(self, part: Part) -> Scale:
        """Measure the scale on the labels that are known."""
        if part.share == 1:
            return self.bench.scale(part.task)
        (stream,) = streams_of([part])
        rows = stream.rows(self.bench.experiment)
        return self.bench.scale(part.task, self.bench.examples(part.task, SPLIT).only(rows))

    def _objective(self, network: JointNetwork) -> Objective:
        terms = [Term(loss_of(part.task.loss), part.task.loss_name, part.weight) for part in self.plan.parts]
        objective = objective_of(self.plan.combine, terms, network)
        if self.plan.interference_every:
            return MeasuredInterference(
                objective, terms, self.plan.interference_every, self.plan.settings.learning_rate
            )
        return objective

    def _fit(self, network: JointNetwork, objective: Objective, batches: Sequence[StreamBatches]) -> Fit:
        plan = self.plan

        def read(*drawn: Any) -> tuple[Any, ...]:
            pairs = zip(batches, drawn[::2], drawn[1::2], strict=True)
            return tuple(one.read(index, draw) for one, index, draw in pairs)

        def batch(*read: Any) -> tuple[list[Tensor], list[Truth]]:
            inputs: list[Tensor] = []
            truths: dict[int, Truth] = {}
            for one, (images, labels) in zip(batches, read, strict=True):
                changed, mirrored = one.batch(images, labels)
                inputs += changed
                for part, truth in zip(one.stream.parts, mirrored, strict=True):
                    scale = network.scales[part]
                    assert isinstance(scale, Scale)
                    truths[part] = Truth(scale.normalise(truth.value), truth.valid)
            return inputs, [truths[part] for part in range(len(truths))]

        def validate(_: Network) -> list[float]:
            return [self._validate(network)]

        first, *others = (len(one.rows) for one in batches)
        problem = TrainingProblem(network, batch, first, objective, validate, read, tuple(others))
        order = self.bench.seed("order", plan.key, SPLIT)
        (course,) = fit(problem, plan.settings, self.bench.device, order)
        return course

    def _validate(self, network: JointNetwork) -> float:
        """Return the geometric mean of the validation losses: the choice does not depend on their units."""
        losses = [mean_loss(one) for one in self._losses(network, "validation").values()]
        for name, loss in zip(self._scored, losses, strict=True):
            self.courses.setdefault(name, []).append(loss if math.isfinite(loss) else None)
        if len(losses) == 1:
            return losses[0]
        return math.exp(sum(math.log(max(loss, TINY)) for loss in losses) / len(losses))

    @property
    def _scored(self) -> list[str]:
        return [
            self.plan.parts[position].task.name
            for stream in self.plan.streams
            for position in stream.parts
            if self.plan.parts[position].is_scored
        ]

    @torch.inference_mode()
    def _losses(self, network: JointNetwork, split: str) -> dict[str, Tensor]:
        """Score the heads on a split: losses (M,) by task, NaN where there is no label."""
        losses: dict[str, list[Tensor]] = {name: [] for name in self._scored}
        for number, stream in enumerate(self.plan.streams):
            if losses.keys().isdisjoint(task.name for task in stream.tasks):
                continue
            rows = self.bench.experiment.examples(stream.tasks[0], split)
            size = min(map(self.bench.evaluation_batch, stream.tasks))
            for index in chunks(len(rows), size):
                images, truths = read_examples(self.bench.experiment, stream.tasks, rows[index])
                predictions = self._predicted(network, number, images)
                for task, prediction, truth in zip(stream.tasks, predictions, truths, strict=True):
                    if task.name in losses:
                        losses[task.name].append(score(task, prediction, truth.to(self.bench.device)))
        return {name: torch.cat(parts) for name, parts in losses.items()}

    def _predicted(self, network: JointNetwork, stream: int, images: Sequence[Tensor]) -> list[Tensor]:
        with autocast(self.plan.settings.precision, self.bench.device):
            return [*network.predict_stream(stream, self.bench.to_device(images)).values()]

    @torch.inference_mode()
    def _cells(self, network: JointNetwork) -> list[Cell]:
        cells = []
        losses = self._losses(network, "test")
        for number, stream in enumerate(self.plan.streams):
            wanted = [task for task in stream.tasks if "target" in task.roles and task.name in losses]
            if not wanted:
                continue
            test = self.bench.examples(stream.tasks[0], "test")
            images, _ = test.batch(self.bench.shown(len(test)))
            shown = dict(zip(stream.tasks, self._predicted(network, number, images), strict=True))
            for task in wanted:
                examples = self.bench.examples(task, "test")
                cells.append(
                    self.bench.cell(task, (self.plan.name,), examples, losses[task.name], shown[task])
                )
        return cells
