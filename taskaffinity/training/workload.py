"""What work costs: which network, how many updates, how many examples, how many operations.

Nothing here is timed and no data is read. A workload follows from a configuration and from counts, so the
cost of a run can be estimated before its data exists.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from taskaffinity.config import Model, Optimiser
from taskaffinity.models.decoders import Decoder, decoder_grid, make_decoder
from taskaffinity.models.encoder import encoding_shape, make_encoder
from taskaffinity.models.networks import Constant, Network, Readout, Scale, TaskNetwork
from taskaffinity.models.shapes import EncodingShape
from taskaffinity.outputs import Output
from taskaffinity.tasks import Task
from taskaffinity.tasks.contract import OwnLoss
from taskaffinity.training.encodings import TRANSFER_SPLITS
from taskaffinity.training.experiment import Experiment
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.objective import Inputs, Objective, Supervised, Truths

TRAINING = 3  # a backward pass is two forward passes: by the inputs and by the weights
Batch = Tensor | list[Tensor]


@dataclass(frozen=True)
class Counts:
    """What of a data set the load of a run depends on.

    Attributes
    ----------
    size
        Height and width of the images.
    views
        Views that are encoded: those of the transfer, validation and test splits.
    examples
        Examples by task and split.
    outputs
        What each task predicts, with the number of classes that the data has.
    """

    size: tuple[int, int]
    views: int
    examples: Mapping[tuple[str, str], int]
    outputs: Mapping[str, Output]


def counts_of(experiment: Experiment) -> Counts:
    """Count the views and examples of an experiment."""
    return Counts(
        experiment.data.size,
        sum(len(experiment.rows[split]) for split in TRANSFER_SPLITS),
        {
            (task.name, split): len(experiment.examples(task, split))
            for task in experiment.trained
            for split in experiment.rows
        },
        {task.name: experiment.output(task) for task in experiment.trained},
    )


@dataclass(frozen=True)
class Blueprint(ABC):
    """A network that can be built to be weighed and timed; equal ones cost the same."""

    @abstractmethod
    def build(self) -> nn.Module:
        """Build it on torch's current device."""

    @abstractmethod
    def inputs(self, count: int) -> Batch:
        """Draw `count` examples that it takes, on torch's current device."""


@dataclass(frozen=True)
class EncoderBlueprint(Blueprint):
    """An encoder alone, which is not trained.

    Attributes
    ----------
    architecture
        Encoders of an equal architecture cost the same.
    size
        Height and width of the images it takes.
    precision
        What it runs at.
    make
        Builds it.
    counting_device
        Where its operations are counted: ``meta``, or ``cpu`` where it can only be built with its weights.
    multiply_adds
        Of one image, where torch cannot count them.
    """

    architecture: Hashable
    size: tuple[int, int]
    precision: str
    make: Callable[[], nn.Module] = field(compare=False)
    counting_device: str = "meta"
    multiply_adds: int | None = None

    def build(self) -> nn.Module:
        """Build it."""
        return self.make()

    def inputs(self, count: int) -> Batch:
        """Draw images (count, 3, H, W)."""
        return torch.rand(count, 3, *self.size).to(memory_format=torch.channels_last)


class Trained(Blueprint):
    """A network that is trained.

    Attributes
    ----------
    size
        Height and width of the images.
    settings
        How it is trained.
    """

    size: tuple[int, int]
    settings: Optimiser

    @abstractmethod
    def build(self) -> Network:
        """Build it on torch's current device."""

    @abstractmethod
    def objective(self, network: Network) -> Objective:
        """Return what its updates make smaller."""

    @abstractmethod
    def truth(self, network: Network, inputs: Inputs, count: int) -> Truths:
        """Draw labels for `count` examples."""

    @abstractmethod
    def score(self, network: Network, inputs: Inputs, truth: Truths) -> None:
        """Predict and score once."""


@dataclass(frozen=True)
class Predictor(Trained):
    """A network with one prediction and one loss.

    Attributes
    ----------
    output, loss
        What is predicted and how it is scored.
    size, settings
        As in `Trained`.
    """

    output: Output
    loss: str | OwnLoss | None
    size: tuple[int, int]
    settings: Optimiser = field(hash=False)  # a list of orders in it has no hash

    def objective(self, network: Network) -> Objective:
        """Return what its updates make smaller."""
        return Supervised(loss_of(self.loss))

    def truth(self, network: Network, inputs: Inputs, count: int) -> Truths:
        """Draw labels for `count` examples."""
        with torch.no_grad():
            one = network(inputs[:1] if isinstance(inputs, Tensor) else [batch[:1] for batch in inputs])
        return self.output.random_truth(tuple(one.shape[1:]), self.size, count)

    def score(self, network: Network, inputs: Inputs, truth: Truths) -> None:
        """Predict and score once."""
        assert isinstance(truth, Truth)
        loss_of(self.loss)(network.predict(inputs).float(), truth.for_each(network.members))


@dataclass(frozen=True)
class OwnBlueprint(Predictor):
    """A task's own network, for examples of so many images."""

    images: int
    model: Model

    def build(self) -> TaskNetwork:
        """Build encoder and decoder."""
        return TaskNetwork(make_encoder(self.model), self.decoder(), Scale())

    def decoder(self) -> Decoder:
        """Build the decoder alone."""
        shape = encoding_shape(self.model, self.size)
        width = self.model.decoder_width
        return make_decoder(self.output, shape.channels * self.images, shape.grid, self.size, width)

    def inputs(self, count: int) -> Batch:
        """Draw images (count, 3, H, W), a batch for each image of an example."""
        layout = torch.channels_last
        return [torch.rand(count, 3, *self.size).to(memory_format=layout) for _ in range(self.images)]

    def prediction_shape(self) -> tuple[int, ...]:
        """Return the shape of one prediction, without the axis of examples."""
        shape = encoding_shape(self.model, self.size)
        with torch.device("meta"), torch.no_grad():
            maps = torch.rand(1, shape.channels * self.images, *shape.grid)
            return tuple(self.decoder().eval()(maps).shape[1:])


def own_blueprint(task: Task, model: Model, counts: Counts, settings: Optimiser) -> OwnBlueprint:
    """Describe a task's own network."""
    return OwnBlueprint(
        counts.outputs[task.name], task.loss, counts.size, settings, task.images, without_weights(model)
    )  # fmt: skip


def without_weights(model: Model) -> Model:
    """Return a model without what it starts from, which costs nothing."""
    return model.model_copy(update={"weights": None})


@dataclass(frozen=True)
class ReadoutBlueprint(Predictor):
    """A readout of so many images an example, on the encodings of a source set."""

    images: int
    encodings: tuple[EncodingShape, ...]
    model: Model

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the maps it takes."""
        return decoder_grid(self.encodings, self.size, self.output)

    @property
    def channels(self) -> int:
        """Channels of the maps it takes."""
        return sum(encoding.channels for encoding in self.encodings) * self.images

    def build(self) -> Readout:
        """Build it."""
        width = self.model.channels * self.images
        decoder = make_decoder(self.output, width, self.grid, self.size, self.model.decoder_width)
        return Readout(self.channels, width, decoder, Scale())

    def inputs(self, count: int) -> Batch:
        """Draw joined maps (count, C, h, w)."""
        return torch.rand(count, self.channels, *self.grid)


@dataclass(frozen=True)
class ConstantBlueprint(Predictor):
    """The best constant guess, of the shape of one prediction."""

    prediction: tuple[int, ...]

    def build(self) -> Constant:
        """Build it."""
        return Constant(self.prediction, Scale())

    def inputs(self, count: int) -> Batch:
        """Return what it is given: anything of `count` values."""
        return torch.ones(count)


class Reads(Enum):
    """What a job reads from the disk in a pass."""

    NOTHING = "nothing"
    IMAGES = "images"
    LABELS = "labels"
    EXAMPLES = "examples"


@dataclass(frozen=True)
class Work:
    """The work of one job.

    Attributes
    ----------
    blueprint
        The network.
    updates, batch
        Of training.
    scored
        Examples that pass forwards alone: validation at each checkpoint, test, encoding.
    reads
        What is read for each example.
    task
        Whose examples or labels are read; None for images alone.
    beside
        Tasks whose labels are read as well.
    """

    blueprint: Blueprint
    updates: int = 0
    batch: int = 1
    scored: int = 0
    reads: Reads = Reads.NOTHING
    task: str | None = None
    beside: tuple[str, ...] = ()

    @property
    def passes(self) -> int:
        """Forward passes of one example that take as many operations as the job."""
        return TRAINING * self.updates * self.batch + self.scored

    @property
    def operations(self) -> int:
        """Floating-point operations of the job."""
        return self.passes * operations(self.blueprint) if self.passes else 0


@lru_cache(maxsize=1024)
def operations(blueprint: Blueprint) -> int:
    """Count the floating-point operations of one example's forward pass: those of its matrix products.

    Nothing is computed where the network can be built on the meta device.
    """
    if isinstance(blueprint, EncoderBlueprint) and blueprint.multiply_adds is not None:
        return 2 * blueprint.multiply_adds
    with torch.device(_counting_device(blueprint)):
        network, inputs = blueprint.build().eval().requires_grad_(False), blueprint.inputs(1)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(inputs)
    return int(counter.get_total_flops())


@lru_cache(maxsize=256)
def parameters(blueprint: Blueprint) -> int:
    """Count the parameters of a network."""
    with torch.device(_counting_device(blueprint)):
        network = blueprint.build()
    return sum(weight.numel() for weight in network.parameters())


@lru_cache(maxsize=256)
def stored_values(blueprint: Blueprint) -> int:
    """Count the parameters and buffers of a network, as they are recorded."""
    with torch.device(_counting_device(blueprint)):
        network = blueprint.build()
    return sum(value.numel() for value in network.state_dict().values())


def _counting_device(blueprint: Blueprint) -> str:
    return blueprint.counting_device if isinstance(blueprint, EncoderBlueprint) else "meta"
