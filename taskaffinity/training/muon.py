"""Muon: momentum whose matrices are orthogonalised, so that every direction of a weight learns at one pace.

Jordan et al. (2024), "Muon: an optimizer for hidden layers in neural networks". torch has it from 2.9 on, for
matrices alone; here the kernels of convolutions count as matrices, (out, in·rows·columns).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch import Tensor

QUINTIC = (3.4445, -4.7750, 2.0315)  # brings singular values near 1 in few steps (Jordan et al.)
STEPS = 5
MOMENTUM = 0.95
TINY = 1e-7
SMALL = 2**21  # multiplications of one product, below which a narrower format costs more than it saves


class Muon(torch.optim.Optimizer):
    """Nesterov momentum, orthogonalised; decoupled weight decay.

    Parameters
    ----------
    weights
        Parameters of two dimensions or more; the first is that of outputs.
    lr
        Learning rate: about how far the spectral norm of a square weight moves in a step. A tensor can be
        changed between replays of a recorded step.
    weight_decay
        Relative to the learning rate, as in AdamW.
    dtype
        Of the products where they are large; bfloat16 suffices. Small ones are made in float32.
    members
        How many matrices are stacked in each weight.
    batched
        Whether weights of one shape are orthogonalised together: fewer operations to launch, other last bits.
    """

    def __init__(
        self,
        weights: Iterable[Tensor],
        lr: float | Tensor,
        weight_decay: float = 0.0,
        dtype: torch.dtype = torch.float32,
        members: int = 1,
        batched: bool = False,
    ) -> None:
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay})
        self._dtype, self._members, self._batched = dtype, members, batched

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> None:  # type: ignore[override]
        """Take one step; a closure is not called."""
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            for alike in _by_shape(weights) if self._batched else [[weight] for weight in weights]:
                self._move(alike, group["lr"], group["weight_decay"])

    def _move(self, weights: Sequence[Tensor], lr: float | Tensor, weight_decay: float) -> None:
        """Move weights of one shape."""
        matrices = [self._momentum(weight).unflatten(0, (self._members, -1)).flatten(2) for weight in weights]
        update = torch.cat(matrices) if len(matrices) > 1 else matrices[0]
        _, rows, columns = update.shape
        dtype = torch.float32 if rows * columns * min(rows, columns) < SMALL else self._dtype
        directions = orthogonalised(update.to(dtype)).to(weights[0].dtype).split(self._members)
        step = lr * max(1, rows / columns) ** 0.5
        for weight, direction in zip(weights, directions, strict=True):
            weight.mul_(1 - lr * weight_decay)
            if isinstance(step, Tensor):
                weight.sub_(direction.reshape(weight.shape) * step)
            else:
                weight.add_(direction.reshape(weight.shape), alpha=-step)

    def _momentum(self, weight: Tensor) -> Tensor:
        """Take in the gradient of a weight; return its Nesterov momentum."""
        state = self.state[weight]
        if not state:
            state["momentum"] = torch.zeros_like(weight)
        assert weight.grad is not None
        momentum = state["momentum"].lerp_(weight.grad, 1 - MOMENTUM)
        return weight.grad.lerp(momentum, MOMENTUM)


def _by_shape(weights: Iterable[Tensor]) -> list[list[Tensor]]:
    groups: dict[torch.Size, list[Tensor]] = defaultdict(list)
    for weight in weights:
        groups[weight.shape].append(weight)
    return list(groups.values())


def is_kernel(weight: Tensor) -> bool:
    """Tell whether a parameter is the kernel of a convolution in the plane: (out, in, rows, columns)."""
    return weight.ndim == 4


def orthogonalised(matrices: Tensor) -> Tensor:
    """Bring all singular values of matrices (K, rows, columns) to about 1, and keep their singular vectors.

    A Newton-Schulz iteration: products alone, no decomposition. The values end between 0.7 and 1.2, but very
    small ones stay smaller.
    """
    linear, cubic, quintic = QUINTIC
    x = matrices / torch.linalg.matrix_norm(matrices, keepdim=True).clamp(min=TINY)
    wide = x.shape[1] <= x.shape[2]
    x = x if wide else x.mT
    for _ in range(STEPS):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=cubic, alpha=quintic), x, beta=linear)
    return x if wide else x.mT
