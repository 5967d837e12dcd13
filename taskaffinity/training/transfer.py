"""Transfers: small readouts of one target, each trained on the frozen encodings of a source set.

Those of one target are trained side by side with common random numbers: all start from the same weights, see
the examples in the same order and drop the same units, so their losses differ only by their input. Axis
legend: M examples, K transfers side by side.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from taskaffinity.config import TransferSettings
from taskaffinity.engine.result import Cell
from taskaffinity.models.bundle import Bundle, can_bundle
from taskaffinity.models.decoders import decoder_grid
from taskaffinity.models.networks import Network, Readout
from taskaffinity.tasks import Task
from taskaffinity.training.bench import Bench, Labels, mean_loss, normalised, score
from taskaffinity.training.devices import BUNDLE
from taskaffinity.training.encodings import TRANSFER_SPLITS, SourceSet, joined, moments, side_by_side
from taskaffinity.training.examples import chunks
from taskaffinity.training.facts import facts_of, mark
from taskaffinity.training.loop import Fit, TrainingProblem, autocast, fit
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.objective import Supervised

ROOM = {"cpu": 2**30, "cuda": 2**32}  # bytes that readouts side by side may take, by kind of device
FLOAT = 4  # bytes
COPIES = 2  # of the inputs: as they are joined, and standardised
MAPS = 8  # of the size of a prediction: itself, its label, their difference, and gradients


def train_transfers(
    bench: Bench, target: Task, source_sets: Sequence[SourceSet], settings: TransferSettings
) -> list[Cell]:
    """Train and score the readouts of one target from several source sets.

    Parameters
    ----------
    bench
        Where it runs.
    target
        What is read out.
    source_sets
        From what; all have as many channels together, and lead to the same grid. As many are trained side by
        side as `ROOM` allows; the number does not change a loss. On a GPU it would change the last bits, so
        the number is always the same there, and unused places are filled with copies.
    settings
        How they are trained.

    Returns
    -------
    list
        A cell of each, in their order.
    """
    cells: list[Cell] = []
    on_gpu = bench.device.type == "cuda"
    fitting = _fitting(bench, target, source_sets[0], settings.batch)
    if on_gpu:
        fitting = min(fitting, BUNDLE["cuda"])
    for first in range(0, len(source_sets), fitting):
        part = source_sets[first : first + fitting]
        cells += _train(bench, target, part, fitting if on_gpu else max(2, len(part)), settings)
    return cells


def _fitting(bench: Bench, target: Task, one: SourceSet, batch: int) -> int:
    """Return how many readouts like this fit side by side."""
    shape, size = _inputs_shape(bench, target, one), bench.experiment.data.size
    network = _readout(bench, target, shape)
    if not can_bundle(network):
        return 1
    views = sum(len(bench.experiment.examples(target, split)) for split in TRANSFER_SPLITS)
    inputs = COPIES * views * math.prod(shape) * FLOAT
    with torch.inference_mode():
        prediction = network.eval()(torch.zeros(1, *shape, device=bench.device))
    maps = MAPS * max(batch, bench.evaluation_batch(target)) * max(prediction[0].nbytes, size[0] * size[1])
    return max(1, ROOM.get(bench.device.type, ROOM["cpu"]) // (inputs + maps))


def _inputs_shape(bench: Bench, target: Task, one: SourceSet) -> tuple[int, int, int]:
    """Return channels, rows and columns of what a readout takes."""
    grid = decoder_grid(one.shapes, bench.experiment.data.size, bench.experiment.output(target))
    return sum(shape.channels for shape in one.shapes) * target.images, *grid


def _train(
    bench: Bench, target: Task, source_sets: Sequence[SourceSet], count: int, settings: TransferSettings
) -> Iterator[Cell]:
    """Train `count` readouts side by side and return the requested cells; the other readouts are copies."""
    precision, at_once = settings.precision, bench.evaluation_batch(target)
    members = list(source_sets)
    shape = _inputs_shape(bench, target, source_sets[0])
    seed = bench.seed("readout", target.name)
    readout = _readout(bench, target, shape)
    network: Network = readout
    if can_bundle(readout):
        members += [source_sets[0]] * (count - len(source_sets))
        network = Bundle(readout, count).to(bench.device)
    examples = [bench.examples(target, split) for split in TRANSFER_SPLITS]
    train, validation, test = side_by_side([s.encodings for s in members], examples, shape[1:], bench.device)
    courses = _fit(bench, target, network, train, validation, settings, seed)
    losses = losses_of(network, target, test, bench.labels(target, "test"), precision, at_once)
    shown = torch.from_numpy(bench.shown(len(test))).to(bench.device)
    with torch.inference_mode(), autocast(precision, bench.device):
        predictions = list(of_each(network.predict(test[shown]), network.members))
    for one, course, scored, prediction in zip(source_sets, courses, losses, predictions, strict=False):
        yield _cell(bench, target, one, course, scored, prediction)


def _fit(
    bench: Bench, target: Task, network: Network, train: Tensor, validation: Tensor,
    settings: TransferSettings, seed: int,
) -> list[Fit]:  # fmt: skip
    """Train readouts on inputs of the transfer split; each keeps its checkpoint of the best validation."""
    labels, validation_labels = bench.labels(target, "transfer"), bench.labels(target, "validation")

    def batch(index: np.ndarray, draw: int) -> tuple[Tensor, Truth]:
        return train[bench.positions(index)], normalised(labels(index), network.scale)

    def validate(network: Network) -> list[float]:
        at_once = bench.evaluation_batch(target)
        losses = losses_of(network, target, validation, validation_labels, settings.precision, at_once)
        return [mean_loss(one) for one in losses]

    problem = TrainingProblem(network, batch, len(train), Supervised(loss_of(target.loss)), validate)
    return fit(problem, settings, bench.device, seed)


@dataclass(frozen=True)
class TrainedReadout:
    """A readout, and what its inputs were standardised by.

    Attributes
    ----------
    network
        The readout, at its best checkpoint.
    mean, spread
        Of each channel of its inputs on the transfer split: float32 (1, C, 1, 1).
    course
        How its training went.
    """

    network: Readout
    mean: Tensor
    spread: Tensor
    course: Fit


def train_readout(bench: Bench, target: Task, one: SourceSet, settings: TransferSettings) -> TrainedReadout:
    """Train one readout by itself and keep it.

    Seeds and settings are those of `train_transfers`. Weights differ from those trained side by side in their
    last bits.
    """
    shape = _inputs_shape(bench, target, one)
    seed = bench.seed("readout", target.name)
    network = _readout(bench, target, shape)
    examples = [bench.examples(target, split) for split in ("transfer", "validation")]
    inputs = [joined(one.encodings, part, shape[1:]) for part in examples]
    mean, spread = moments(inputs[0])
    layout = torch.channels_last
    train, validation = (
        ((part - mean) / spread).to(bench.device).contiguous(memory_format=layout) for part in inputs
    )
    (course,) = _fit(bench, target, network, train, validation, settings, seed)
    return TrainedReadout(network, mean, spread, course)


def _cell(
    bench: Bench, target: Task, one: SourceSet, course: Fit, losses: Tensor, prediction: Tensor
) -> Cell:
    cell = bench.cell(target, one.sources, bench.examples(target, "test"), losses, prediction)
    return mark(cell, facts_of(course))


def _readout(bench: Bench, target: Task, shape: tuple[int, int, int]) -> Readout:
    """Build an untrained readout of maps (C, h, w); all of one target have a decoder of the same width."""
    channels = bench.experiment.config.model.channels * target.images
    decoder = bench.decoder(target, channels, shape[1:])
    return Readout(shape[0], channels, decoder, bench.scale(target)).to(bench.device)


@torch.inference_mode()
def losses_of(
    network: Network, target: Task, inputs: Tensor, labels: Labels, precision: str, batch: int
) -> Tensor:
    """Score readouts on all examples of a split, so many at a time: losses (K, M), NaN without a label."""
    losses = []
    for index in chunks(len(inputs), batch):
        truth, part = labels(index), inputs[int(index[0]) : int(index[-1]) + 1]
        with autocast(precision, inputs.device):
            predictions = of_each(network.predict(part), network.members)
        losses.append(torch.stack([score(target, one, truth) for one in predictions]))
    return torch.cat(losses, dim=1)


def of_each(predictions: Tensor, members: int) -> Iterator[Tensor]:
    """Tell predictions (N·K, ...) apart by member: K of (N, ...)."""
    for one in predictions.unflatten(0, (-1, members)).unbind(1):
        yield one.contiguous()
