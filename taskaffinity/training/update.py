"""One update of training: forward and backward pass, clipping, optimisers.

On a GPU the launch of a small network's operations takes longer than the operations themselves. There the
first updates run as they are, the next one is recorded as a CUDA graph, and all later ones replay it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import filterfalse
from typing import ClassVar

import torch
from torch import Tensor, nn

from taskaffinity.config import Optimiser
from taskaffinity.models.networks import Network
from taskaffinity.models.precision import autocast, has_fast_bf16
from taskaffinity.training.losses import Truth
from taskaffinity.training.muon import Muon, is_kernel
from taskaffinity.training.objective import Inputs, Objective, Truths

CLIP_NORM = 1.0
TINY = 1e-6
LANES = 64  # a multiple of the numbers that any instruction takes at once
EAGER_UPDATES = 3  # before a graph is recorded: libraries choose their algorithms in them


@dataclass
class Update:
    """Updates a network in place, without waiting for the device.

    Parameters
    ----------
    network
        What is trained; each of its members as if it were alone.
    objective
        What updates make smaller.
    settings
        Rates, decay and precision.
    device
        Where the network lies.
    """

    network: Network
    objective: Objective
    settings: Optimiser
    device: torch.device
    _finite: Tensor = field(init=False)
    warm: ClassVar[int] = 1  # updates that take longer than those after them

    def __post_init__(self) -> None:
        # Once: to look parameters up in the modules takes long in a small network.
        self._weights = list(self.network.parameters())
        self._optimisers = _optimisers(self._weights, self.network.members, self.settings, self.device)
        self._finite = torch.ones(self.network.members, dtype=torch.bool, device=self.device)

    def __call__(self, inputs: Inputs, truth: Truths, factor: float) -> None:
        """Take one step on a batch, at `factor` times the peak learning rates."""
        self._set_rates(factor)
        self._step(inputs, truth)

    def _step(self, inputs: Inputs, truth: Truths) -> None:
        for weight in self._weights:
            weight.grad = None
        forward = partial(autocast, self.settings.precision, self.device)
        losses = self.objective.backward(self.network, inputs, truth, forward)
        self._finite.logical_and_(torch.isfinite(losses))
        _clip(self._weights, self.network.members)
        for optimiser, _ in self._optimisers:
            optimiser.step()

    def _set_rates(self, factor: float) -> None:
        for optimiser, peak in self._optimisers:
            group = optimiser.param_groups[0]
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(peak * factor)
            else:
                group["lr"] = peak * factor

    def diverged(self) -> list[bool]:
        """Tell for each member whether a loss was not finite so far; waits for the device."""
        return [not finite for finite in self._finite.tolist()]


class RecordedUpdate(Update):
    """The same on a GPU, replayed as a CUDA graph; every batch must have the shapes of the first."""

    warm: ClassVar[int] = EAGER_UPDATES + 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._stream = torch.cuda.Stream(self.device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._done = 0

    def __call__(self, inputs: Inputs, truth: Truths, factor: float) -> None:
        """Take one step: as it is, recording it, or replaying what was recorded."""
        self._set_rates(factor)
        if self._done < EAGER_UPDATES:
            self._run_beside(inputs, truth)
        else:
            if self._graph is None:
                self._record(inputs, truth)
            assert self._graph is not None
            for kept, new in zip(self._batch, _tensors(inputs, truth), strict=True):
                kept.copy_(new, non_blocking=True)
            self._graph.replay()
        self._done += 1

    def _run_beside(self, inputs: Inputs, truth: Truths) -> None:
        """Run one step on the stream of the graph, as recording asks for."""
        self._stream.wait_stream(torch.cuda.current_stream(self.device))
        with torch.cuda.stream(self._stream):
            self._step(inputs, truth)
        torch.cuda.current_stream(self.device).wait_stream(self._stream)

    def _record(self, inputs: Inputs, truth: Truths) -> None:
        kept = [inputs.clone()] if isinstance(inputs, Tensor) else [one.clone() for one in inputs]
        kept_truth = _copied(truth)
        held: Inputs = kept[0] if isinstance(inputs, Tensor) else kept
        self._batch = _tensors(held, kept_truth)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, stream=self._stream, capture_error_mode="thread_local"):
            self._step(held, kept_truth)


def make_update(network: Network, objective: Objective, settings: Optimiser, device: torch.device) -> Update:
    """Choose how updates run on a device."""
    kind = RecordedUpdate if device.type == "cuda" and objective.is_recordable else Update
    return kind(network, objective, settings, device)


def _tensors(inputs: Inputs, truth: Truths) -> list[Tensor]:
    truths = [truth] if isinstance(truth, Truth) else truth
    parts = [part for one in truths for part in (one.value, one.valid)]
    return [*([inputs] if isinstance(inputs, Tensor) else inputs), *parts]


def _copied(truth: Truths) -> Truths:
    if isinstance(truth, Truth):
        return Truth(truth.value.clone(), truth.valid.clone())
    return [Truth(one.value.clone(), one.valid.clone()) for one in truth]


def _clip(weights: Sequence[nn.Parameter], members: int) -> None:
    """Scale the gradients of each member so that their common norm is at most `CLIP_NORM`."""
    parts = [weight.grad.unflatten(0, (members, -1)) for weight in weights if weight.grad is not None]
    norms = [torch.linalg.vector_norm(part, dim=tuple(range(1, part.ndim))) for part in parts]
    factors = (CLIP_NORM / (torch.stack(norms).norm(dim=0) + TINY)).clamp(max=1)
    for part in parts:
        part.mul_(factors.view(-1, *(1,) * (part.ndim - 1)))


def _optimisers(
    weights: list[nn.Parameter], members: int, settings: Optimiser, device: torch.device
) -> list[tuple[torch.optim.Optimizer, float]]:
    """Give the kernels of convolutions to Muon and all else to AdamW; each comes with its peak rate.

    The fully connected layers of heads overfit small splits under Muon. On a GPU the rates are tensors there,
    so that a recorded update follows them.
    """
    on_gpu = device.type == "cuda"
    decay = settings.weight_decay
    kernels = list(filter(is_kernel, weights)) if settings.muon_rate else []
    rest = list(filterfalse(is_kernel, weights)) if settings.muon_rate else weights

    def rate(peak: float) -> float | Tensor:
        return torch.tensor(peak, device=device) if on_gpu else peak

    made: list[tuple[torch.optim.Optimizer, float]] = []
    if kernels:
        dtype = torch.bfloat16 if has_fast_bf16(device) else torch.float32
        muon = Muon(kernels, rate(settings.muon_rate), decay, dtype, members, batched=on_gpu)
        made.append((muon, settings.muon_rate))
    for fused in (True, False):
        if part := [weight for weight in rest if (on_gpu or _fuses(weight, members)) == fused]:
            adam = torch.optim.AdamW(
                part, rate(settings.learning_rate), weight_decay=decay, fused=fused, capturable=on_gpu
            )
            made.append((adam, settings.learning_rate))
    return made


def _fuses(weight: Tensor, members: int) -> bool:
    """Tell whether the fused AdamW of the processor may have a weight.

    It treats the last values of a weight, which fill no instruction, in another way, with other last bits;
    which of a member's values those are must not depend on how many members there are.
    """
    return members == 1 or weight.numel() // members % LANES == 0
