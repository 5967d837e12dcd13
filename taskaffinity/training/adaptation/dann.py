"""Domain-adversarial training (Ganin et al., JMLR 2016).

A critic learns to tell from an encoding which domain it comes from. Its gradient reaches the encoder with the
other sign, times λ (equations 13 to 15), so that domains become hard to tell apart. λ grows from 0 with the
share p of the updates that is done: λ = strength·(2 / (1 + exp(−10 p)) − 1) (section 5.2.2).

With more than two domains the critic has a class for each. The paper trains with plain gradient descent and λ
up to 1; our optimisers rescale gradients, so that λ weighs the two directions against each other, and has to
be smaller. A critic that sees standardised encodings was tried: encoders collapsed on digits of fonts, even
at λ = 0.01.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from taskaffinity.training.adaptation.domain_objective import AcrossDomains

GAMMA = 10.0  # how fast λ grows
HIDDEN = 512  # units of the critic
RATE = 5e-3  # of the critic's AdamW; a critic that learns more slowly than the encoder teaches it nothing


class Reversal(torch.autograd.Function):
    """The identity, whose gradient is multiplied by −λ."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, strength: float) -> Tensor:
        """Return the values."""
        ctx.strength = strength
        return values.view_as(values)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        """Turn the gradient around, in the layout of the task's own, which decides how kernels round."""
        turned = -ctx.strength * gradients[0]
        layout = torch.channels_last if turned.ndim == 4 else torch.contiguous_format
        return turned.contiguous(memory_format=layout), None


def schedule(progress: float) -> float:
    """Return λ at strength 1 for a progress in [0, 1]."""
    return 2 / (1 + math.exp(-GAMMA * progress)) - 1


@dataclass
class Adversarial(AcrossDomains):
    """Task loss, and the gradient of a critic turned around.

    Attributes
    ----------
    critic
        Encodings to logits of domains. It is no part of the network, and trained here by an optimiser of its
        own: the network's clipping and rates are then those of the task's own network.
    strength
        λ at the end of training.
    """

    critic: nn.Module
    strength: float
    _factor: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._optimiser = torch.optim.AdamW(self.critic.parameters(), RATE)

    def begin(self, progress: float) -> None:
        """Set λ."""
        self._factor = self.strength * schedule(progress)

    def backward(self, *batch: Any) -> Tensor:
        """Set the gradients of the network, and update the critic."""
        self._optimiser.zero_grad()
        losses = super().backward(*batch)
        self._optimiser.step()
        return losses

    @property
    def aligns(self) -> bool:
        """Whether λ is ever above 0."""
        return self.strength > 0

    def penalty(self, encodings: Sequence[Tensor]) -> Tensor:
        """Return the critic's mean cross entropy; its gradient is turned around before the encodings."""
        logits = self.critic(Reversal.apply(torch.cat(list(encodings)), self._factor))
        truth = torch.cat([
            torch.full((len(maps),), number, device=maps.device) for number, maps in enumerate(encodings)
        ])  # fmt: skip
        shape = (len(truth), *logits.shape[2:])
        return F.cross_entropy(logits, truth.view(-1, *(1,) * (len(shape) - 1)).expand(shape))


def critic(shape: tuple[int, int, int], domains: int, is_dense: bool) -> nn.Module:
    """Build a critic of encodings (C, h, w): pixel by pixel for a dense task, else of whole images."""
    channels, rows, columns = shape
    if is_dense:
        return nn.Sequential(
            nn.Conv2d(channels, HIDDEN, 3, padding=1), nn.ReLU(),
            nn.Conv2d(HIDDEN, domains, 1),
        )  # fmt: skip
    size = channels * rows * columns
    return nn.Sequential(
        nn.Flatten(), nn.Linear(size, HIDDEN), nn.ReLU(),
        nn.Linear(HIDDEN, domains),
    )  # fmt: skip
