"""How long a network's updates and passes take here: a few of them, timed on random tensors."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from taskaffinity.config import Config, Optimiser
from taskaffinity.models.bundle import Bundle, can_bundle
from taskaffinity.models.frozen import Frozen
from taskaffinity.models.networks import Constant, Network, Readout, Scale
from taskaffinity.outputs import Dense, Embedding, PixelClasses, Vector
from taskaffinity.schedule.workload import Shape, build, inputs_of, prediction_shape
from taskaffinity.training.bench import BATCH_ON_GPU
from taskaffinity.training.loop import autocast
from taskaffinity.training.losses import LOSSES, Truth
from taskaffinity.training.source import CONSTANT_FIT
from taskaffinity.training.transfer import BUNDLE
from taskaffinity.training.update import Inputs, make_update

WARM, FULL = 2, 32  # on a processor: examples of the first update, and of the timed ones
PATIENCE = 1.0  # seconds; where the timed updates would take longer, they are made on fewer examples
UPDATES = 3


@dataclass(frozen=True)
class Pace:
    """Seconds of one example in an update of training, and in a pass that is scored."""

    update: float
    score: float


@dataclass
class Calibration:
    """Times shapes of networks on one device, each once.

    Attributes
    ----------
    config
        The run's configuration.
    size
        Height and width of the images.
    device
        Where the jobs will run. On a processor one thread is used, as in a worker.
    """

    config: Config
    size: tuple[int, int]
    device: torch.device
    _paces: dict[Shape, Pace] = field(default_factory=dict)

    def pace(self, shape: Shape) -> Pace:
        """Time a shape."""
        if shape not in self._paces:
            threads = torch.get_num_threads()
            torch.set_num_threads(1)
            try:
                with torch.random.fork_rng():
                    self._paces[shape] = self._measure(shape)
            finally:
                torch.set_num_threads(threads)
        return self._paces[shape]

    def _measure(self, shape: Shape) -> Pace:
        if shape.part == "encoder":
            return Pace(0.0, self._encoding(shape))
        network, together = self._network(shape)
        network.train()
        count = self._count(network, shape)
        update = self._update(network, shape, count)
        return Pace(update / together, self._scoring(network, shape, count) / together)

    def _count(self, network: Network, shape: Shape) -> int:
        """Choose how many examples are timed: a batch on a GPU, as many as patience allows elsewhere."""
        if self.device.type == "cuda":
            return self._settings(shape).batch
        return FULL if self._update(network, shape, WARM) * FULL * UPDATES < PATIENCE else WARM

    def _network(self, shape: Shape) -> tuple[Network, int]:
        """Build a network, a readout in a bundle, as it will be; and tell how many of its members count."""
        with self.device:
            if shape.part == "constant":
                return Constant(prediction_shape(shape, self.config.model, self.size), Scale()), 1
            network = build(shape, self.config.model, self.size)
            if isinstance(network, Readout) and can_bundle(network):
                together = bundle_of(self.config, self.device)
                return Bundle(network, max(2, together)), together
            assert isinstance(network, Network)
            return network, 1

    def _update(self, network: Network, shape: Shape, count: int) -> float:
        """Time updates as the training loop makes them: seconds of one example."""
        inputs, truth = self._batch(shape, count, network.members)
        update = make_update(network, LOSSES[str(shape.loss)], self._settings(shape), self.device)
        for _ in range(update.warm):
            update(inputs, truth, 1.0)

        def updates() -> None:
            for _ in range(UPDATES):
                update(inputs, truth, 1.0)

        return self._seconds(updates) / UPDATES / count

    def _scoring(self, network: Network, shape: Shape, count: int) -> float:
        inputs, truth = self._batch(shape, count, network.members)
        loss, precision = LOSSES[str(shape.loss)], self._settings(shape).precision

        def score() -> None:
            with torch.inference_mode(), autocast(precision, self.device):
                loss(network.predict(inputs).float(), truth.for_each(network.members))

        return self._seconds(score) / count

    def _encoding(self, shape: Shape) -> float:
        with self.device:
            encoder = build(shape, self.config.model, self.size)
        frozen = Frozen(encoder, self.config.source.precision, self.device)

        def encode(count: int) -> float:
            with self.device:
                images = inputs_of(shape, self.config.model, self.size, count)
            assert isinstance(images, Tensor)
            return self._seconds(lambda: frozen(images)) / count

        encode(WARM)
        if self.device.type == "cuda":
            encode(BATCH_ON_GPU)
            return encode(BATCH_ON_GPU)
        first = encode(WARM)
        return encode(FULL) if first * FULL < PATIENCE else first

    def _batch(self, shape: Shape, count: int, members: int) -> tuple[Inputs, Truth]:
        with self.device:
            truth = _truth(shape, prediction_shape(shape, self.config.model, self.size), self.size, count)
            if shape.part == "constant":
                return truth.valid, truth
            inputs = inputs_of(shape, self.config.model, self.size, count)
            if isinstance(inputs, Tensor):
                inputs = inputs.repeat(1, members, 1, 1).contiguous(memory_format=torch.channels_last)
            return inputs, truth

    def _settings(self, shape: Shape) -> Optimiser:
        match shape.part:
            case "constant":
                return CONSTANT_FIT
            case "readout":
                return self.config.transfer
        return self.config.source

    def _seconds(self, work: Callable[[], object]) -> float:
        """Time work: on a processor this process's own time, so that others who use it do not count."""
        if self.device.type == "cpu":
            began = time.process_time()
            work()
            return time.process_time() - began
        torch.cuda.synchronize(self.device)
        began = time.perf_counter()
        work()
        torch.cuda.synchronize(self.device)
        return time.perf_counter() - began


def bundle_of(config: Config, device: torch.device) -> int:
    """Return how many readouts of one target are handed out together, at most."""
    return config.executor.bundle or BUNDLE.get(device.type, BUNDLE["cpu"])


def _truth(shape: Shape, prediction: tuple[int, ...], size: tuple[int, int], count: int) -> Truth:
    """Draw labels that go with predictions of a shape, all of them valid; see `taskaffinity.tasks.Label`."""
    match shape.output:
        case Dense():
            return Truth(
                torch.rand(count, *prediction), torch.ones(count, 1, *prediction[1:], dtype=torch.bool)
            )
        case PixelClasses(classes):
            pixels = prediction[1:]
            return Truth(
                torch.randint(classes, (count, *pixels)), torch.ones(count, 1, *pixels, dtype=torch.bool)
            )
        case Embedding():
            return Truth(torch.randint(8, (count, *size)), torch.ones(count, 1, *size, dtype=torch.bool))
        case Vector(dimensions):
            return Truth(torch.rand(count, dimensions), torch.ones(count, dtype=torch.bool))
    return Truth(torch.randint(2, (count,)), torch.ones(count, dtype=torch.bool))
