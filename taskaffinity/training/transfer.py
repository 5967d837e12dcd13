"""A transfer: a small readout of one target, trained on frozen encodings of a source set.

Axis legend: M examples, C channels of all sources and images together, h and w the encoding's rows and
columns.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from taskaffinity.models.networks import Network, Readout
from taskaffinity.tasks import Task
from taskaffinity.training.bench import EVALUATION_BATCH, Bench, Labels, mean_loss, normalised, score
from taskaffinity.training.encode import TRANSFER_SPLITS, Encodings
from taskaffinity.training.examples import Examples, chunks
from taskaffinity.training.loop import Problem, autocast, fit
from taskaffinity.training.losses import LOSSES, Truth
from taskaffinity.training.result import Result
from taskaffinity.training.source import facts_of, mark

MIN_SPREAD = 1e-6


def train_transfer(
    bench: Bench, target: Task, sources: tuple[str, ...], encodings: Sequence[Encodings]
) -> Result:
    """Train and score the readout of one target from one source set.

    Parameters
    ----------
    bench
        Where it runs.
    target
        What is read out.
    sources
        Names of the sources, in the order in which they are joined.
    encodings
        Theirs, in the same order.
    """
    config = bench.experiment.config
    precision = config.transfer.precision
    inputs = [joined(encodings, bench.examples(target, s)).to(bench.device) for s in TRANSFER_SPLITS]
    seed = bench.seed("readout", target.name, *sources)
    network = _readout(bench, target, inputs[0].shape[1])
    layout = network.decoder.layout
    train, validation, test = (part.contiguous(memory_format=layout) for part in standardised(inputs))
    labels, known = bench.labels(target, "transfer"), bench.labels(target, "validation")

    def batch(index: np.ndarray, draw: int) -> tuple[Tensor, Truth]:
        return train[torch.from_numpy(index).to(bench.device)], normalised(labels(index), network.scale)

    def validate(network: Network) -> float:
        return mean_loss(losses_of(network, target, validation, known, precision))

    problem = Problem(network, batch, len(train), LOSSES[str(target.loss)], validate)
    course = fit(problem, config.transfer, bench.device, seed)
    losses = losses_of(network, target, test, bench.labels(target, "test"), precision)
    shown = torch.from_numpy(bench.shown(len(test))).to(bench.device)
    with torch.inference_mode(), autocast(precision, bench.device):
        prediction = network.predict(test[shown])
    cell = bench.cell(target, sources, bench.examples(target, "test"), losses, prediction)
    return Result(cells=[mark(cell, facts_of(course))])


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
    """Score a readout on all examples of a split: losses (M,), NaN where there is no label."""
    losses = []
    for index in chunks(len(inputs), EVALUATION_BATCH):
        with autocast(precision, inputs.device):
            prediction = network.predict(inputs[int(index[0]) : int(index[-1]) + 1])
        losses.append(score(target, prediction, labels(index)))
    return torch.cat(losses)
