"""The one training loop: Muon and AdamW, warm-up and decay, the best checkpoint by validation loss."""

import math
from collections.abc import Callable, Iterator, Sequence
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
TINY = 1e-6
LANES = 64  # a multiple of the numbers that any instruction takes at once


@dataclass(frozen=True)
class Problem:
    """What there is to learn, as the loop sees it.

    Attributes
    ----------
    network
        Trained in place; each of its members as if it were alone.
    batch
        ``batch(index, draw)`` gives inputs for the network and the truth of training examples, in its units.
    examples
        How many training examples there are.
    loss
        Per image, from prediction and truth.
    validate
        Gives the mean validation loss of each member as it is.
    """

    network: Network
    batch: Callable[[np.ndarray, int], tuple[object, Truth]]
    examples: int
    loss: Callable[[Tensor, Truth], Tensor]
    validate: Callable[[Network], Sequence[float]]


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


def fit(problem: Problem, settings: Optimiser, device: torch.device, seed: int) -> list[Fit]:
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
        The course of each member. Training stops when all have had a loss that is not finite.
    """
    network, members = problem.network, problem.network.members
    weights = list(network.parameters())  # once: to look them up in the modules takes long in a small network
    optimisers, factor = _optimisers(weights, members, settings, device), _course(settings)
    checkpoints = set(
        np.linspace(0, settings.updates, settings.checkpoints + 1).round().astype(int)[1:].tolist()
    )
    courses = [Fit() for _ in range(members)]
    best: dict[int, dict[str, Tensor]] = {}
    network.train()
    batches = _batches(problem.examples, settings.batch, seed)
    for update in range(1, settings.updates + 1):
        inputs, truth = problem.batch(*next(batches))
        with autocast(settings.precision, device):
            prediction = network(inputs)
        losses = _mean_losses(problem.loss(prediction, truth.for_each(members)), truth.has_label)
        for course, finite in zip(courses, torch.isfinite(losses).tolist(), strict=True):
            course.diverged |= not finite
        if all(course.diverged for course in courses):
            break
        for weight in weights:
            weight.grad = None
        losses.sum().backward()
        _clip(weights, members)
        for optimiser, peak in optimisers:
            optimiser.param_groups[0]["lr"] = peak * factor(update - 1)
            optimiser.step()
        if update in checkpoints:
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


def _mean_losses(per_image: Tensor, labelled: Tensor) -> Tensor:
    """Average losses (N·members,) over the images that have a label, bool (N,): (members,)."""
    per_member = torch.where(labelled[:, None], per_image.view(len(labelled), -1), 0)
    return per_member.sum(0) / labelled.sum().clamp(min=1)


def _clip(weights: Sequence[nn.Parameter], members: int) -> None:
    """Scale the gradients of each member so that their common norm is at most `CLIP_NORM`."""
    parts = [weight.grad.unflatten(0, (members, -1)) for weight in weights if weight.grad is not None]
    norms = [torch.linalg.vector_norm(part, dim=tuple(range(1, part.ndim))) for part in parts]
    factors = (CLIP_NORM / (torch.stack(norms).norm(dim=0) + TINY)).clamp(max=1)
    for part in parts:
        part.mul_(factors.view(-1, *(1,) * (part.ndim - 1)))


def _improves(course: Fit, loss: float) -> bool:
    """Take in a validation loss; tell whether it is the lowest so far."""
    course.validation.append(loss)
    if not loss < course.best:
        return False
    course.best = loss
    return True


def _optimisers(
    weights: list[nn.Parameter], members: int, settings: Optimiser, device: torch.device
) -> list[tuple[torch.optim.Optimizer, float]]:
    """Give the kernels of convolutions to Muon and all else to AdamW; each comes with its peak rate.

    The fully connected layers of heads overfit few examples under Muon.
    """
    muon, adam, decay = settings.muon_rate, settings.learning_rate, settings.weight_decay
    kernels = list(filter(is_kernel, weights)) if muon else []
    rest = list(filterfalse(is_kernel, weights)) if muon else weights
    made: list[tuple[torch.optim.Optimizer, float]] = []
    if kernels:
        dtype = torch.bfloat16 if has_fast_bf16(device) else torch.float32
        made.append((Muon(kernels, muon, decay, dtype, members), muon))
    for fused in (True, False):
        if part := [weight for weight in rest if _fuses(weight, members) == fused]:
            made.append((torch.optim.AdamW(part, adam, weight_decay=decay, fused=fused), adam))
    return made


def _fuses(weight: Tensor, members: int) -> bool:
    """Tell whether the fused AdamW may have a weight.

    It treats the last values of a weight, which fill no instruction, in another way, with other last bits;
    which of a member's values those are must not depend on how many members there are.
    """
    return members == 1 or weight.numel() // members % LANES == 0


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
    return torch.autocast(device.type, torch.bfloat16) if is_bf16(precision, device) else nullcontext()


def is_bf16(precision: str, device: torch.device) -> bool:
    """Tell whether a precision comes to bf16 on a device."""
    return precision == "bf16" or (precision == "auto" and has_fast_bf16(device))


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
