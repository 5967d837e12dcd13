"""The one training loop: Muon and AdamW, warm-up and decay, the best checkpoint by validation loss."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from taskaffinity.config import Optimiser
from taskaffinity.models.networks import Network
from taskaffinity.models.precision import autocast, has_fast_bf16
from taskaffinity.training.experiment import seed_of
from taskaffinity.training.objective import Inputs, Objective, Truths
from taskaffinity.training.read_ahead import READERS, read_ahead
from taskaffinity.training.update import make_update

__all__ = ["Fit", "TrainingProblem", "autocast", "fit", "has_fast_bf16"]


@dataclass(frozen=True)
class TrainingProblem:
    """A training problem, as the loop needs it.

    Attributes
    ----------
    network
        Trained in place; each of its members as if it were alone.
    batch
        Gives inputs for the network and the truth of training examples in its units, on its device, from what
        `read` returns.
    examples
        How many training examples there are.
    objective
        What updates make smaller.
    validate
        Gives the mean validation loss of each member as it is.
    read
        ``read(index, draw)`` reads training examples, int64 (N,), on the processor; on a GPU ahead of their
        update and in other threads, so that it must depend on nothing else. Without it `batch` takes the
        positions and the draw.
    beside
        How many examples each further stream has. Their batches are drawn beside those of the first, in
        orders of their own: ``read(index, draw, index, draw, ...)``, a pair for each stream.
    """

    network: Network
    batch: Callable[..., tuple[Inputs, Truths]]
    examples: int
    objective: Objective
    validate: Callable[[Network], Sequence[float]]
    read: Callable[..., tuple[Any, ...]] = lambda *parts: parts
    beside: tuple[int, ...] = ()


@dataclass
class Fit:
    """How the training of one network went.

    Attributes
    ----------
    validation
        Mean validation loss at each checkpoint.
    best
        The lowest of them; infinite where none was finite.
    diverged
        Whether a training loss was not finite, or no validation loss was.
    """

    validation: list[float] = field(default_factory=list)
    best: float = math.inf
    diverged: bool = False


def fit(problem: TrainingProblem, settings: Optimiser, device: torch.device, seed: int) -> list[Fit]:
    """Train a network and leave every member at its best checkpoint.

    Parameters
    ----------
    problem
        What to learn.
    settings
        Updates, batch, learning rate and the like.
    device
        Where the network is.
    seed
        Seed of the order of examples.

    Returns
    -------
    list
        The course of each member. Training stops at the first checkpoint at which all have had a loss that is
        not finite: to look at each loss would make the processor wait for the device.
    """
    network, objective = problem.network, problem.objective
    update, factor = make_update(network, objective, settings, device), _course(settings)
    checkpoints = set(
        np.linspace(0, settings.updates, settings.checkpoints + 1).round().astype(int)[1:].tolist()
    )
    courses = [Fit() for _ in range(network.members)]
    best: dict[int, dict[str, Tensor]] = {}
    network.train()
    order = islice(_streams((problem.examples, *problem.beside), settings.batch, seed), settings.updates)
    with read_ahead(problem.read, order, READERS if device.type == "cuda" else 0) as batches:
        for number, examples in enumerate(batches, start=1):
            objective.begin((number - 1) / settings.updates)
            update(*problem.batch(*examples), factor(number - 1))
            if number not in checkpoints:
                continue
            for course, diverged in zip(courses, update.diverged(), strict=True):
                course.diverged = diverged
            if all(course.diverged for course in courses):
                break
            network.eval()
            for member, loss in enumerate(problem.validate(network)):
                if _improves(courses[member], loss):
                    best[member] = network.state_of(member)
            network.train()
    for member, state in best.items():
        network.load_state_of(member, state)
    for member, course in enumerate(courses):
        course.diverged |= member not in best
    network.eval()
    return courses


def _improves(course: Fit, loss: float) -> bool:
    """Take in a validation loss; tell whether it is the lowest so far."""
    course.validation.append(loss)
    if not loss < course.best:
        return False
    course.best = loss
    return True


def _course(settings: Optimiser) -> Callable[[int], float]:
    """Learning rate over its peak, by update: linear warm-up, then linear to zero (Defazio et al., 2023)."""
    warmup = max(1, round(settings.warmup * settings.updates))

    def factor(update: int) -> float:
        if update < warmup:
            return (update + 1) / warmup
        return (settings.updates - update) / (settings.updates - warmup)

    return factor


def _streams(examples: Sequence[int], size: int, seed: int) -> Iterator[tuple[Any, ...]]:
    """Draw batches of all streams side by side; yields positions and number of the pass, stream by stream."""
    seeds = [seed, *(seed_of(seed, "stream", number) for number in range(1, len(examples)))]
    orders = [_batches(count, size, one) for count, one in zip(examples, seeds, strict=True)]
    for parts in zip(*orders, strict=True):
        yield tuple(value for part in parts for value in part)


def _batches(examples: int, size: int, seed: int) -> Iterator[tuple[np.ndarray, int]]:
    """Pass over the examples again and again in new orders; yields positions and the number of the pass."""
    rng, size, passed = np.random.default_rng(seed), min(size, examples), 0
    while True:
        order = rng.permutation(examples)
        for start in range(0, examples - size + 1, size):
            yield order[start : start + size], passed
        passed += 1
