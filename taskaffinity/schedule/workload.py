"""What each job comes to: which network, how many updates, how many examples, how many operations.

Nothing here is timed and no data is read: a workload follows from a configuration and from counts alone, so
that a run can be weighed for data that is not there yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from taskaffinity.config import Config, Model, Optimiser
from taskaffinity.models.decoders import make_decoder
from taskaffinity.models.encoder import encoding_size, make_encoder
from taskaffinity.models.networks import Readout, Scale, TaskNetwork
from taskaffinity.outputs import Output
from taskaffinity.schedule.jobs import Job
from taskaffinity.tasks import Task
from taskaffinity.tasks.contract import OwnLoss
from taskaffinity.training.encode import TRANSFER_SPLITS
from taskaffinity.training.experiment import Experiment
from taskaffinity.training.source import CONSTANT_FIT

TRAINING = 3  # a backward pass is two forward passes: by the inputs and by the weights
Part = Literal["own", "encoder", "readout", "constant"]


@dataclass(frozen=True)
class Counts:
    """What of a data set the cost of a run depends on.

    Attributes
    ----------
    size
        Height and width of the images.
    views
        Views that are encoded: those of the transfer, validation and test splits.
    examples
        Examples by task and split.
    """

    size: tuple[int, int]
    views: int
    examples: Mapping[tuple[str, str], int]


def counts_of(experiment: Experiment) -> Counts:
    """Count what is there."""
    tasks = [task for task in experiment.tasks.values() if task.is_trained]
    return Counts(
        experiment.data.size,
        sum(len(experiment.rows[split]) for split in TRANSFER_SPLITS),
        {(t.name, split): len(experiment.examples(t, split)) for t in tasks for split in experiment.rows},
    )


@dataclass(frozen=True)
class Shape:
    """A network, as far as its cost goes.

    Attributes
    ----------
    part
        A task's ``own`` network, the ``encoder`` alone, a ``readout``, or a ``constant`` guess.
    output, loss
        What is predicted and how it is scored; None for the encoder.
    images
        Images of an example.
    sources
        Sources that a readout joins.
    """

    part: Part
    output: Output | None = None
    loss: str | OwnLoss | None = None
    images: int = 1
    sources: int = 1


@dataclass(frozen=True)
class Work:
    """One job's work.

    Attributes
    ----------
    shape
        The network.
    task
        Whose examples are read; None where the job reads images alone or nothing.
    updates, batch
        Of training.
    scored
        Examples that pass forwards alone: validation at each checkpoint, test, encoding.
    """

    shape: Shape
    task: str | None
    updates: int
    batch: int
    scored: int

    @property
    def passes(self) -> int:
        """Forward passes of one example that take as many operations as the job."""
        return TRAINING * self.updates * self.batch + self.scored


def work_of(
    job: Job, config: Config, counts: Counts, tasks: Mapping[str, Task], outputs: Mapping[str, Output]
) -> Work:
    """Weigh one job."""
    if job.kind == "encode":
        return Work(Shape("encoder"), None, 0, 1, counts.views)
    if job.kind == "random":
        return Work(Shape("encoder"), None, 0, 1, 0)
    task = tasks[job.target or job.sources[0]]
    part, settings = _training_of(job, config)
    sources = len(job.sources) if part == "readout" else 1
    train = "transfer" if job.kind in ("scratch", "transfer") else "source"
    scored = settings.checkpoints * counts.examples[task.name, "validation"]
    if "target" in task.roles:
        scored += counts.examples[task.name, "test"]
    batch = min(settings.batch, counts.examples[task.name, train])
    return Work(
        Shape(part, outputs[task.name], task.loss, task.images, sources),
        task.name,
        settings.updates,
        batch,
        scored,
    )


def _training_of(job: Job, config: Config) -> tuple[Part, Optimiser]:
    match job.kind:
        case "source":
            return "own", config.source
        case "scratch":
            return "own", config.scratch
        case "constant":
            return "constant", CONSTANT_FIT
    return "readout", config.transfer


def build(shape: Shape, model: Model, size: tuple[int, int]) -> nn.Module:
    """Build the network of a shape on torch's current device; constants have no network of their own."""
    if shape.part == "encoder":
        return make_encoder(model)
    assert shape.output is not None
    channels = model.channels * shape.images
    decoder = make_decoder(shape.output, channels, encoding_size(model, size), size, model.decoder_width)
    if shape.part == "own":
        return TaskNetwork(make_encoder(model), decoder, Scale())
    return Readout(channels * shape.sources, channels, decoder, Scale())


def inputs_of(shape: Shape, model: Model, size: tuple[int, int], count: int) -> Tensor | list[Tensor]:
    """Draw `count` examples that a network of this shape takes, on torch's current device."""
    if shape.part == "readout":
        return torch.rand(count, model.channels * shape.images * shape.sources, *encoding_size(model, size))
    images = [torch.rand(count, 3, *size).to(memory_format=torch.channels_last) for _ in range(shape.images)]
    return images if shape.part == "own" else images[0]


@lru_cache(maxsize=1024)
def operations(shape: Shape, model: Model, size: tuple[int, int]) -> int:
    """Count the floating-point operations of one example's forward pass: those of its matrix products.

    Nothing is computed: the network is built on the meta device.
    """
    if shape.part == "constant":
        return 0
    with torch.device("meta"):
        network, inputs = build(shape, model, size).eval(), inputs_of(shape, model, size, 1)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(inputs)
    return int(counter.get_total_flops())


@lru_cache(maxsize=1024)
def prediction_shape(shape: Shape, model: Model, size: tuple[int, int]) -> tuple[int, ...]:
    """Return the shape of one prediction, without the axis of examples."""
    readout = replace(shape, part="readout")
    with torch.device("meta"), torch.no_grad():
        prediction = build(readout, model, size).eval()(inputs_of(readout, model, size, 1))
    return tuple(prediction.shape[1:])


@lru_cache(maxsize=256)
def parameters(shape: Shape, model: Model, size: tuple[int, int]) -> int:
    """Count the parameters and buffers of a network."""
    with torch.device("meta"):
        network = build(shape, model, size)
    return sum(value.numel() for value in network.state_dict().values())
