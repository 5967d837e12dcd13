"""What tasks that are trained together do to each other's losses, measured while they are trained (TAG).

Fifty et al., "Efficiently Identifying Task Groupings for Multi-Task Learning", NeurIPS 2021, section 3: with
g_i the gradient of task i's loss by the shared parameters θ,

    Z(i→j) = 1 − L_j(θ − η g_i) / L_j(θ) ,

averaged over training. Here η is the peak learning rate of AdamW throughout, and the step is plain gradient
descent; theirs is the optimiser's. The first-order approximation needs no second forward pass:

    Z(i→j) ≈ η g_i·g_j / L_j(θ) .
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.func import functional_call

from taskaffinity.models.joint import JointNetwork
from taskaffinity.models.networks import Network
from taskaffinity.training.combine import Term, losses_of
from taskaffinity.training.objective import Forward, Inputs, Objective, Truths


@dataclass
class MeasuredInterference(Objective):
    """An objective, with measurements between its updates. They change neither weights nor random numbers.

    Attributes
    ----------
    objective
        What updates make smaller.
    terms
        The losses of the tasks.
    every
        Updates between two measurements.
    rate
        η.
    """

    is_recordable: ClassVar[bool] = False

    objective: Objective
    terms: Sequence[Term]
    every: int
    rate: float
    _updates: int = 0
    _lookahead: list[Tensor] = field(default_factory=list)
    _linear: list[Tensor] = field(default_factory=list)

    def begin(self, progress: float) -> None:
        """Prepare the next update."""
        self.objective.begin(progress)

    def backward(self, network: Network, inputs: Inputs, truth: Truths, forward: Forward) -> Tensor:
        """Set the gradients of the objective; measure first where it is time."""
        if self._updates % self.every == 0:
            assert isinstance(network, JointNetwork)
            self._measure(network, inputs, truth, forward)
        self._updates += 1
        return self.objective.backward(network, inputs, truth, forward)

    def record(self, names: Sequence[str]) -> dict[str, dict[str, dict[str, float]]]:
        """Return the means, ``{"lookahead" or "gradients": {i: {j: what i does to j}}}``."""
        measured = {"lookahead": self._lookahead, "gradients": self._linear}
        return {kind: _named(torch.stack(parts), names) for kind, parts in measured.items() if parts}

    def _measure(self, network: JointNetwork, inputs: Inputs, truth: Truths, forward: Forward) -> None:
        shared = {
            f"encoder.{name}": weight.detach().requires_grad_()
            for name, weight in network.encoder.named_parameters()
        }

        def losses(parameters: Mapping[str, Tensor]) -> Tensor:
            """Compute the losses (T,) with other shared parameters, and the same units dropped."""
            buffers = {name: value.clone() for name, value in network.named_buffers()}
            with torch.random.fork_rng(_devices(network)), forward():
                predictions = functional_call(network, {**parameters, **buffers}, (inputs,))
            return torch.cat(losses_of(self.terms, predictions, truth))

        before = losses(shared)
        gradients = [
            torch.autograd.grad(loss, [*shared.values()], retain_graph=True, allow_unused=True)
            for loss in before
        ]
        with torch.no_grad():
            after = [losses(self._moved(shared, gradient)) for gradient in gradients]
            flat = torch.stack([_flat(gradient, [*shared.values()]) for gradient in gradients])
            self._lookahead.append(1 - torch.stack(after) / before)
            self._linear.append(self.rate * flat @ flat.T / before)

    def _moved(self, shared: Mapping[str, Tensor], gradient: Sequence[Tensor | None]) -> dict[str, Tensor]:
        return {
            name: weight if part is None else weight - self.rate * part
            for (name, weight), part in zip(shared.items(), gradient, strict=True)
        }


def _flat(gradient: Sequence[Tensor | None], like: Sequence[Tensor]) -> Tensor:
    parts = zip(gradient, like, strict=True)
    return torch.cat([
        (torch.zeros_like(weight) if part is None else part).flatten() for part, weight in parts
    ])  # fmt: skip


def _devices(network: Network) -> list[int]:
    device = next(network.parameters()).device
    return [device.index or 0] if device.type == "cuda" else []


def _named(measured: Tensor, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Average over measurements, those that are no numbers left out: (n, T, T) to values by name."""
    finite = torch.where(torch.isfinite(measured), measured, torch.nan)
    mean = finite.nanmean(0).tolist()
    return {
        acting: {other: value for other, value in zip(names, row, strict=True) if value == value}
        for acting, row in zip(names, mean, strict=True)
    }
