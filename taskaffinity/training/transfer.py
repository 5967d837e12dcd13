"""Transfers: small readouts of one target, each trained on the frozen encodings of a source set.

Those of one target are trained side by side, and on common random numbers: all begin with the same weights,
see the examples in the same order and drop the same units, so that what sets their losses apart is what they
read. Axis legend: M examples, K transfers side by side, C channels of all sources and images of one of them,
h and w the encoding's rows and columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from taskaffinity.models.bundle import Bundle, can_bundle
from taskaffinity.models.networks import Network, Readout
from taskaffinity.tasks import Task
from taskaffinity.training.bench import EVALUATION_BATCH, Bench, Labels, mean_loss, normalised, score
from taskaffinity.training.encode import TRANSFER_SPLITS, Encodings
from taskaffinity.training.examples import Examples, chunks
from taskaffinity.training.loop import Fit, Problem, autocast, fit
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.result import Cell, Result
from taskaffinity.training.source import facts_of, mark

MIN_SPREAD = 1e-6
ROOM = 2**30  # bytes that readouts side by side may take
COPIES = 2  # of the inputs: as they are joined, and standardised
MAPS = 8  # of the size of a prediction: itself, its label, their difference, and gradients


@dataclass(frozen=True)
class SourceSet:
    """What one readout reads.

    Attributes
    ----------
    sources
        Names, in the order in which they are joined.
    encodings
        Theirs, in the same order.
    """

    sources: tuple[str, ...]
    encodings: Sequence[Encodings]


def train_transfers(bench: Bench, target: Task, source_sets: Sequence[SourceSet]) -> Result:
    """Train and score the readouts of one target from several source sets.

    Parameters
    ----------
    bench
        Where it runs.
    target
        What is read out.
    source_sets
        From what, all of the same order. As many are trained side by side as `ROOM` allows; how many does not
        change a loss on a processor.

    Returns
    -------
    Result
        A cell of each, in their order.
    """
    cells: list[Cell] = []
    together = _together(bench, target, source_sets[0])
    for first in range(0, len(source_sets), together):
        cells += _train(bench, target, source_sets[first : first + together])
    return Result(cells=cells)


def _together(bench: Bench, target: Task, one: SourceSet) -> int:
    """Return how many readouts like this fit side by side."""
    values, size = one.encodings[0].values, bench.experiment.data.size
    network = _readout(bench, target, len(one.sources) * target.images * values.shape[1])
    if not can_bundle(network):
        return 1
    views = sum(len(bench.experiment.examples(target, split)) for split in TRANSFER_SPLITS)
    inputs = COPIES * views * len(one.sources) * target.images * values[0].nbytes
    batch = max(bench.experiment.config.transfer.batch, EVALUATION_BATCH)
    with torch.inference_mode():
        prediction = network.eval()(torch.zeros(1, *_inputs_shape(one, target), device=bench.device))
    maps = MAPS * batch * max(prediction[0].nbytes, size[0] * size[1])
    return max(1, ROOM // (inputs + maps))


def _inputs_shape(one: SourceSet, target: Task) -> tuple[int, ...]:
    channels, *pixels = one.encodings[0].values.shape[1:]
    return (channels * len(one.sources) * target.images, *pixels)


def _train(bench: Bench, target: Task, source_sets: Sequence[SourceSet]) -> Iterator[Cell]:
    """Train readouts side by side; the cells of those that were asked for."""
    config, members = bench.experiment.config, source_sets
    precision = config.transfer.precision
    seed = bench.seed("readout", target.name)
    readout = _readout(bench, target, _inputs_shape(source_sets[0], target)[0])
    network: Network = readout
    if can_bundle(readout):
        members = source_sets if len(source_sets) > 1 else [*source_sets, *source_sets]
        network = Bundle(readout, len(members)).to(bench.device)
    examples = [bench.examples(target, split) for split in TRANSFER_SPLITS]
    train, validation, test = side_by_side([s.encodings for s in members], examples, bench.device)
    labels, known = bench.labels(target, "transfer"), bench.labels(target, "validation")

    def batch(index: np.ndarray, draw: int) -> tuple[Tensor, Truth]:
        return train[torch.from_numpy(index).to(bench.device)], normalised(labels(index), network.scale)

    def validate(network: Network) -> list[float]:
        return [mean_loss(losses) for losses in losses_of(network, target, validation, known, precision)]

    problem = Problem(network, batch, len(train), loss_of(target.loss), validate)
    courses = fit(problem, config.transfer, bench.device, seed)
    losses = losses_of(network, target, test, bench.labels(target, "test"), precision)
    shown = torch.from_numpy(bench.shown(len(test))).to(bench.device)
    with torch.inference_mode(), autocast(precision, bench.device):
        predictions = list(of_each(network.predict(test[shown]), network.members))
    for one, course, scored, prediction in zip(source_sets, courses, losses, predictions, strict=False):
        yield _cell(bench, target, one, course, scored, prediction)


def _cell(
    bench: Bench, target: Task, one: SourceSet, course: Fit, losses: Tensor, prediction: Tensor
) -> Cell:
    cell = bench.cell(target, one.sources, bench.examples(target, "test"), losses, prediction)
    return mark(cell, facts_of(course))


def side_by_side(
    members: Sequence[Sequence[Encodings]], examples: Sequence[Examples], device: torch.device
) -> list[Tensor]:
    """Join what members read by channel, each standardised by itself: (M, K·C, h, w) of each split.

    Parameters
    ----------
    members
        The encodings of each.
    examples
        Of the splits; the first of them is that of training, which decides the mean and the spread.
    device
        Where they are wanted.
    """
    split_by_split = []
    for encodings in members:
        split_by_split.append(standardised([joined(encodings, part) for part in examples]))
    layout = torch.channels_last
    return [
        torch.cat(parts, dim=1).to(device).contiguous(memory_format=layout)
        for parts in zip(*split_by_split, strict=True)
    ]


def joined(encodings: Sequence[Encodings], examples: Examples) -> Tensor:
    """Join the encodings of all sources and of all images of each example by channel: (M, C, h, w)."""
    parts = [source[column] for source in encodings for column in examples.rows.T]
    return torch.from_numpy(np.concatenate(parts, axis=1))


def standardised(inputs: Sequence[Tensor]) -> list[Tensor]:
    """Bring every channel to mean 0 and spread 1 over the first of several inputs, the training split's."""
    mean = inputs[0].mean((0, 2, 3), keepdim=True)
    spread = inputs[0].std((0, 2, 3), keepdim=True).clamp(min=MIN_SPREAD)
    return [(part - mean) / spread for part in inputs]


def _readout(bench: Bench, target: Task, inputs: int) -> Readout:
    channels = bench.experiment.config.model.channels * target.images
    decoder = bench.decoder(target, channels)
    return Readout(inputs, channels, decoder, bench.scale(target)).to(bench.device)


@torch.inference_mode()
def losses_of(network: Network, target: Task, inputs: Tensor, labels: Labels, precision: str) -> Tensor:
    """Score readouts on all examples of a split: losses (K, M), NaN where there is no label."""
    losses = []
    for index in chunks(len(inputs), EVALUATION_BATCH):
        truth, part = labels(index), inputs[int(index[0]) : int(index[-1]) + 1]
        with autocast(precision, inputs.device):
            predictions = of_each(network.predict(part), network.members)
        losses.append(torch.stack([score(target, one, truth) for one in predictions]))
    return torch.cat(losses, dim=1)


def of_each(predictions: Tensor, members: int) -> Iterator[Tensor]:
    """Tell predictions (N·K, ...) apart by member: K of (N, ...)."""
    for one in predictions.unflatten(0, (-1, members)).unbind(1):
        yield one.contiguous()
