"""A transfer: a small readout of one target, trained on frozen encodings of a source set."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn

from taskaffinity.models.networks import Readout
from taskaffinity.tasks import Task
from taskaffinity.training.bench import EVALUATION_BATCH, Bench, mean_loss, score
from taskaffinity.training.encode import Encodings
from taskaffinity.training.examples import Examples, chunks
from taskaffinity.training.loop import Problem, autocast, fit
from taskaffinity.training.losses import LOSSES, Truth
from taskaffinity.training.result import Result
from taskaffinity.training.source import facts_of, mark

MIN_SPREAD = 1e-6


@dataclass(frozen=True)
class Split:
    """One split as a readout sees it: encodings (M, C, h, w) with labels."""

    examples: Examples
    encodings: list[Encodings]
    device: torch.device

    @cached_property
    def inputs(self) -> Tensor:
        """Encodings of all sources and images of each example, joined by channel."""
        parts = [source[column] for source in self.encodings for column in self.examples.rows.T]
        return torch.from_numpy(np.concatenate(parts, axis=1)).to(self.device)

    @cached_property
    def truth(self) -> Truth:
        """Labels of all examples."""
        return self.examples.truth().to(self.device)


def train_transfer(
    bench: Bench, target: Task, sources: tuple[str, ...], encodings: list[Encodings]
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
    train, validation, test = (
        Split(bench.examples(target, split), encodings, bench.device)
        for split in ("transfer", "validation", "test")
    )
    seed = bench.seed("readout", target.name, *sources)
    network = _readout(bench, target, train.inputs)
    precision = config.transfer.precision

    def batch(index: np.ndarray, draw: int) -> tuple[Tensor, Truth]:
        picked = torch.from_numpy(index).to(bench.device)
        return train.inputs[picked], train.truth[picked]

    def validate(network: nn.Module) -> float:
        return mean_loss(_losses(network, target, validation, precision))

    course = fit(
        Problem(network, batch, len(train.examples), LOSSES[str(target.loss)], validate),
        config.transfer, bench.device, seed,
    )  # fmt: skip
    losses = _losses(network, target, test, precision)
    shown = torch.from_numpy(bench.shown(len(test.examples))).to(bench.device)
    with torch.inference_mode(), autocast(precision, bench.device):
        prediction = network(test.inputs[shown])
    cell = bench.cell(target, sources, test.examples, losses, prediction)
    return Result(cells=[mark(cell, facts_of(course))])


def _readout(bench: Bench, target: Task, inputs: Tensor) -> nn.Module:
    config = bench.experiment.config.model
    mean = inputs.mean((0, 2, 3))
    spread = inputs.std((0, 2, 3)).clamp(min=MIN_SPREAD)
    channels = config.channels * target.images
    decoder = bench.decoder(target, channels)
    return Readout(mean, spread, channels, decoder, bench.scale(target)).to(bench.device)


@torch.inference_mode()
def _losses(network: nn.Module, target: Task, split: Split, precision: str) -> Tensor:
    losses = []
    for index in chunks(len(split.examples), EVALUATION_BATCH):
        part = slice(int(index[0]), int(index[-1]) + 1)
        with autocast(precision, split.device):
            prediction = network(split.inputs[part])
        losses.append(score(target, prediction, split.truth[part]))
    return torch.cat(losses)
