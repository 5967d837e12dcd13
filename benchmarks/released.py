"""The schedule of Taskonomy's released code, with this package's networks, readouts and losses.

Every transfer runs its frozen encoder on every batch of every epoch, in fp32, one transfer at a time; a
DataLoader with worker processes reads images and labels one by one. Updates, batches, their order and the
initial weights are those of the package's own schedule.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from taskaffinity.models.networks import Network, Readout
from taskaffinity.sources import Source, Weights
from taskaffinity.tasks import Task
from taskaffinity.training.bench import EVALUATION_BATCH, Bench, mean_loss, normalised, score
from taskaffinity.training.encodings import MIN_SPREAD, Encodings, joined
from taskaffinity.training.examples import Examples, chunks
from taskaffinity.training.loop import TrainingProblem, fit
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.objective import Supervised

Batch = tuple[list[Tensor], Truth]


class OneByOne(Dataset[Batch]):
    """The examples of a task in a split, read one at a time."""

    def __init__(self, examples: Examples) -> None:
        self.examples = examples

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, index: int) -> Batch:
        return self.examples.batch(np.array([index]))


def _collate(items: list[Batch]) -> Batch:
    images = [torch.cat(views) for views in zip(*(item[0] for item in items), strict=True)]
    truths = [item[1] for item in items]
    return images, Truth(torch.cat([t.value for t in truths]), torch.cat([t.valid for t in truths]))


def _loader(examples: Examples, batches: list[np.ndarray], workers: int) -> DataLoader[Batch]:
    sampler = [batch.tolist() for batch in batches]
    return DataLoader(OneByOne(examples), batch_sampler=sampler, num_workers=workers, collate_fn=_collate)


def _order(examples: int, size: int, seed: int, updates: int) -> list[np.ndarray]:
    """Draw the batches as the training loop does."""
    rng, size, batches = np.random.default_rng(seed), min(size, examples), []
    while len(batches) < updates:
        order = rng.permutation(examples)
        batches += [order[start : start + size] for start in range(0, examples - size + 1, size)]
    return batches[:updates]


class ReleasedTransfer:
    """One transfer, as the released code does it.

    Parameters
    ----------
    bench
        Where it runs.
    target, source
        What is read out of what.
    weights
        Of the source.
    encodings
        Only their mean and spread are used, so that readouts see what ours see; not counted as work.
    workers
        Processes of the DataLoader.
    """

    def __init__(
        self, bench: Bench, target: Task, source: Source, weights: Weights, encodings: Encodings, workers: int
    ) -> None:
        self.bench, self.target, self.source, self.workers = bench, target, source, workers
        self.encoder = source.encoder(weights).to(bench.device).to(memory_format=torch.channels_last)
        train = joined([encodings], bench.examples(target, "transfer"), source.shape.grid)
        self.mean = train.mean((0, 2, 3), keepdim=True)
        self.spread = train.std((0, 2, 3), keepdim=True).clamp(min=MIN_SPREAD)

    @torch.no_grad()
    def encode(self, images: list[Tensor]) -> Tensor:
        """Run the frozen encoder on every image of a batch of examples."""
        parts = [self.encoder(image.to(memory_format=torch.channels_last)) for image in images]
        return (torch.cat(parts, dim=1) - self.mean) / self.spread

    def losses(self, network: Network, split: str) -> Tensor:
        """Score on a split, encoder and all."""
        examples, losses = self.bench.examples(self.target, split), []
        for images, truth in _loader(examples, chunks(len(examples), EVALUATION_BATCH), self.workers):
            with torch.inference_mode():
                losses.append(score(self.target, network.predict(self.encode(images)), truth))
        return torch.cat(losses)

    def run(self) -> np.ndarray:
        """Train and test the readout: losses of the test images (M,)."""
        bench, target, config = self.bench, self.target, self.bench.experiment.config
        seed = bench.seed("readout", target.name)
        channels = config.model.channels * target.images
        decoder = bench.decoder(target, channels, self.source.shape.grid)
        network = Readout(channels, channels, decoder, bench.scale(target))
        train, settings = bench.examples(target, "transfer"), config.transfer
        batches = _order(len(train), settings.batch, seed, settings.updates)
        loaded: Iterator[Batch] = iter(_loader(train, batches, self.workers))

        def batch(index: np.ndarray, draw: int) -> tuple[Tensor, Truth]:
            images, truth = next(loaded)
            return self.encode(images), normalised(truth, network.scale)

        problem = TrainingProblem(
            network, batch, len(train), Supervised(loss_of(target.loss)),
            lambda network: [mean_loss(self.losses(network, "validation"))],
        )  # fmt: skip
        fit(problem, settings.model_copy(update={"precision": "fp32"}), bench.device, seed)
        return self.losses(network, "test").numpy()
