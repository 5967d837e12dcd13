"""The one training loop: Muon and AdamW, warm-up and decay, the best checkpoint by validation loss."""

import copy
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import filterfalse

import numpy as np
import torch
from torch import Tensor, nn

from taskaffinity.config import Optimiser
from taskaffinity.models.networks import Network
from taskaffinity.training.losses import Truth
from taskaffinity.training.muon import Muon, is_kernel

CLIP_NORM = 1.0


@dataclass(frozen=True)
class Problem:
    """What there is to learn, as the loop sees it.

    Attributes
    ----------
    network
        Trained in place.
    batch
        ``batch(index, draw)`` gives inputs for the network and the truth of training examples, in its units.
    examples
        How many training examples there are.
    loss
        Per image, from prediction and truth.
    validate
        Gives the mean validation loss of the network as it is.
    """

    network: Network
    batch: Callable[[np.ndarray, int], tuple[object, Truth]]
    examples: int
    loss: Callable[[Tensor, Truth], Tensor]
    validate: Callable[[Network], float]


@dataclass
class Fit:
    """How a training went.

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


def fit(problem: Problem, settings: Optimiser, device: torch.device, seed: int) -> Fit:
    """Train a network and leave it at its best checkpoint.

    Parameters
    ----------
    problem
        What to learn.
    settings
        Updates, batch, learning rate and the like.
    device
        Where the network lies.
    seed
        Seed of the order of examples.

    Returns
    -------
    Fit
        The course of validation. Training stops at the first loss that is not finite.
    """
    network = problem.network
    weights = list(network.parameters())  # once: to look them up in the modules takes long in a small network
    optimisers, factor = _optimisers(weights, settings, device), _course(settings)
    checkpoints = set(
        np.linspace(0, settings.updates, settings.checkpoints + 1).round().astype(int)[1:].tolist()
    )
    best, course = None, Fit()
    network.train()
    batches = _batches(problem.examples, settings.batch, seed)
    for update in range(1, settings.updates + 1):
        inputs, truth = problem.batch(*next(batches))
        with autocast(settings.precision, device):
            prediction = network(inputs)
        per_image, labelled = problem.loss(prediction, truth), truth.has_label
        loss = torch.where(labelled, per_image, 0).sum() / labelled.sum().clamp(min=1)
        if not torch.isfinite(loss):
            course.diverged = True
            break
        for weight in weights:
            weight.grad = None
        loss.backward()
        nn.utils.clip_grad_norm_(weights, CLIP_NORM, foreach=True)
        for optimiser, peak in optimisers:
            optimiser.param_groups[0]["lr"] = peak * factor(update - 1)
            optimiser.step()
        if update in checkpoints:
            network.eval()
            course.validation.append(problem.validate(network))
            network.train()
            if course.validation[-1] < course.best:
                course.best, best = course.validation[-1], copy.deepcopy(network.state_dict())
    if best is not None:
        network.load_state_dict(best)
    course.diverged |= best is None
    network.eval()
    return course


def _optimisers(
    weights: list[nn.Parameter], settings: Optimiser, device: torch.device
) -> list[tuple[torch.optim.Optimizer, float]]:
    """Give the kernels of convolutions to Muon and all else to AdamW; each comes with its peak rate.

    The fully connected layers of heads learn few examples by heart under Muon.
    """
    muon, adam, decay = settings.muon_rate, settings.learning_rate, settings.weight_decay
    kernels = list(filter(is_kernel, weights)) if muon else []
    rest = list(filterfalse(is_kernel, weights)) if muon else weights
    made: list[tuple[torch.optim.Optimizer, float]] = []
    if kernels:
        dtype = torch.bfloat16 if has_fast_bf16(device) else torch.float32
        made.append((Muon(kernels, muon, decay, dtype), muon))
    if rest:
        made.append((torch.optim.AdamW(rest, adam, weight_decay=decay, fused=True), adam))
    return made


def _course(settings: Optimiser) -> Callable[[int], float]:
    """Learning rate over its peak, by update: linear warm-up, then linear to zero (Defazio et al., 2023)."""
    warmup = max(1, round(settings.warmup * settings.updates))

    def factor(update: int) -> float:
        if update < warmup:
            return (update + 1) / warmup
        return (settings.updates - update) / (settings.updates - warmup)

    return factor


def _batches(examples: int, size: int, seed: int) -> Iterator[tuple[np.ndarray, int]]:
    """Pass over the examples again and again in new orders; yields positions and the number of the pass."""
    rng, size, passed = np.random.default_rng(seed), min(size, examples), 0
    while True:
        order = rng.permutation(examples)
        for start in range(0, examples - size + 1, size):
            yield order[start : start + size], passed
        passed += 1


def autocast(precision: str, device: torch.device) -> AbstractContextManager[object]:
    """Return the context of a precision; ``auto`` is bf16 where the device multiplies it natively."""
    if precision == "fp32" or (precision == "auto" and not has_fast_bf16(device)):
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


def has_fast_bf16(device: torch.device) -> bool:
    """Tell whether bf16 products are native: tensor cores, AMX or AVX-512 BF16."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    if device.type != "cpu":
        return False
    checks = (
        getattr(torch.cpu, name, None) for name in ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    )
    return any(check() for check in checks if check)
