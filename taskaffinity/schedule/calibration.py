"""How long a network's updates and passes take here: a few of them, timed on random tensors."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from taskaffinity.config import Config, Optimiser
from taskaffinity.models.bundle import Bundle, can_bundle
from taskaffinity.models.networks import Constant, Network, Readout, Scale
from taskaffinity.outputs import Dense, Embedding, PixelClasses, Vector
from taskaffinity.schedule.workload import Shape, build, inputs_of, prediction_shape
from taskaffinity.training.loop import Problem, autocast, fit
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.source import CONSTANT_FIT

WARM, FULL = 2, 32  # examples of the first update, which also builds kernels, and of the timed ones
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
        self._updates(network, shape, WARM, 1)
        first = self._updates(network, shape, WARM, 1) / WARM
        count = FULL if first * FULL * UPDATES < PATIENCE else WARM
        update = self._updates(network, shape, count, UPDATES) / UPDATES / count
        return Pace(update / together, self._scoring(network, shape, count) / together)

    def _network(self, shape: Shape) -> tuple[Network, int]:
        """Build a network, a readout in a bundle, as it will be; and tell how many of its members count."""
        with self.device:
            if shape.part == "constant":
                return Constant(prediction_shape(shape, self.config.model, self.size), Scale()), 1
            network = build(shape, self.config.model, self.size)
            if isinstance(network, Readout) and can_bundle(network):
                together = self.config.executor.bundle
                return Bundle(network, max(2, together)), together
            assert isinstance(network, Network)
            return network, 1

    def _updates(self, network: Network, shape: Shape, count: int, updates: int) -> float:
        """Time updates of the real training loop, without validation."""
        inputs, truth = self._batch(shape, count, network.members)
        settings = self._settings(shape).model_copy(
            update={"updates": updates, "batch": count, "checkpoints": 1}
        )
        problem = Problem(
            network, lambda index, draw: (inputs, truth), count, loss_of(shape.loss),
            lambda network: [0.0] * network.members,
        )  # fmt: skip
        return self._seconds(lambda: fit(problem, settings, self.device, seed=0))

    def _scoring(self, network: Network, shape: Shape, count: int) -> float:
        inputs, truth = self._batch(shape, count, network.members)
        loss, precision = loss_of(shape.loss), self._settings(shape).precision

        def score() -> None:
            with torch.inference_mode(), autocast(precision, self.device):
                loss(network.predict(inputs).float(), truth.for_each(network.members))

        return self._seconds(score) / count

    def _encoding(self, shape: Shape) -> float:
        with self.device:
            encoder = build(shape, self.config.model, self.size).eval().to(memory_format=torch.channels_last)

        def encode(count: int) -> float:
            with self.device:
                images = inputs_of(shape, self.config.model, self.size, count)
            with torch.inference_mode(), autocast(self.config.source.precision, self.device):
                return self._seconds(lambda: encoder(images)) / count

        encode(WARM)
        first = encode(WARM)
        return encode(FULL) if first * FULL < PATIENCE else first

    def _batch(self, shape: Shape, count: int, members: int) -> tuple[object, Truth]:
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
