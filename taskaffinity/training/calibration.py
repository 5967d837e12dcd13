"""How long updates and passes of a network take on this machine: a few of each, timed on random tensors."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from taskaffinity.config import Config
from taskaffinity.models.bundle import Bundle, can_bundle
from taskaffinity.models.frozen import Frozen
from taskaffinity.models.networks import Network, Readout
from taskaffinity.models.precision import autocast
from taskaffinity.training.bench import BATCH_ON_GPU
from taskaffinity.training.devices import bundle_of
from taskaffinity.training.objective import Inputs, Truths
from taskaffinity.training.update import make_update
from taskaffinity.training.workload import Blueprint, EncoderBlueprint, Trained

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
    """Times networks on one device, each once.

    Attributes
    ----------
    config
        The run's configuration.
    device
        Where the jobs will run. On a processor one thread is used, as in a worker.
    """

    config: Config
    device: torch.device
    _paces: dict[Blueprint, Pace] = field(default_factory=dict)

    def pace(self, blueprint: Blueprint) -> Pace:
        """Time a network."""
        if blueprint not in self._paces:
            threads = torch.get_num_threads()
            torch.set_num_threads(1)
            try:
                with torch.random.fork_rng():
                    self._paces[blueprint] = self._measure(blueprint)
            finally:
                torch.set_num_threads(threads)
        return self._paces[blueprint]

    def _measure(self, blueprint: Blueprint) -> Pace:
        if isinstance(blueprint, EncoderBlueprint):
            return Pace(0.0, self._encoding(blueprint))
        assert isinstance(blueprint, Trained)
        network, together = self._network(blueprint)
        network.train()
        count = self._count(network, blueprint)
        update = self._update(network, blueprint, count)
        return Pace(update / together, self._scoring(network, blueprint, count) / together)

    def _count(self, network: Network, blueprint: Trained) -> int:
        """Choose how many examples are timed: a batch on a GPU, as many as patience allows elsewhere."""
        if self.device.type == "cuda":
            return blueprint.settings.batch
        return FULL if self._update(network, blueprint, WARM) * FULL * UPDATES < PATIENCE else WARM

    def _network(self, blueprint: Trained) -> tuple[Network, int]:
        """Build a network, a readout in a bundle, as it will be; and tell how many of its members count."""
        with self.device:
            network = blueprint.build()
            if isinstance(network, Readout) and can_bundle(network):
                together = bundle_of(self.config)
                return Bundle(network, max(2, together)), together
            assert isinstance(network, Network)
            return network, 1

    def _update(self, network: Network, blueprint: Trained, count: int) -> float:
        """Time updates as the training loop makes them: seconds of one example."""
        inputs, truth = self._batch(network, blueprint, count)
        update = make_update(network, blueprint.objective(network), blueprint.settings, self.device)
        for _ in range(update.warm):
            update(inputs, truth, 1.0)

        def updates() -> None:
            for _ in range(UPDATES):
                update(inputs, truth, 1.0)

        return self._seconds(updates) / UPDATES / count

    def _scoring(self, network: Network, blueprint: Trained, count: int) -> float:
        inputs, truth = self._batch(network, blueprint, count)

        def score() -> None:
            with torch.inference_mode(), autocast(blueprint.settings.precision, self.device):
                blueprint.score(network, inputs, truth)

        return self._seconds(score) / count

    def _encoding(self, blueprint: EncoderBlueprint) -> float:
        with self.device:
            frozen = Frozen(blueprint.build(), blueprint.precision, self.device)

        def encode(count: int) -> float:
            with self.device:
                images = blueprint.inputs(count)
            assert isinstance(images, Tensor)
            return self._seconds(lambda: frozen(images)) / count

        encode(WARM)
        if self.device.type == "cuda":
            encode(BATCH_ON_GPU)
            return encode(BATCH_ON_GPU)
        first = encode(WARM)
        return encode(FULL) if first * FULL < PATIENCE else first

    def _batch(self, network: Network, blueprint: Trained, count: int) -> tuple[Inputs, Truths]:
        with self.device:
            inputs = blueprint.inputs(count)
            if isinstance(inputs, Tensor) and inputs.ndim > 1:
                inputs = inputs.repeat(1, network.members, 1, 1).contiguous(memory_format=torch.channels_last)
            truth = blueprint.truth(network.eval(), inputs, count)
            network.train()
            return inputs, truth

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
