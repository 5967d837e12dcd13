"""Mirrored training examples: the mirror image of a room is a new room.

Unlike cropping or rotation, mirroring keeps the horizon in place and leaves no empty borders to fill.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from taskaffinity.training.losses import Truth

SHARE = 0.5


class Mirror:
    """Mirrors some examples left to right: all images of an example, and its label.

    Parameters
    ----------
    signs
        As in `taskaffinity.tasks.Task`; None mirrors nothing.
    seed
        Seed of the draws.
    """

    def __init__(self, signs: Sequence[int] | None, seed: int) -> None:
        self._signs = signs
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, images: Sequence[Tensor], truth: Truth) -> tuple[list[Tensor], Truth]:
        """Mirror k batches of images (N, 3, H, W) and their labels, on any device, without changing them."""
        mirrored, (one,) = self.all(images, [truth], [self._signs or ()])
        return mirrored, one

    def all(
        self, images: Sequence[Tensor], truths: Sequence[Truth], signs: Sequence[Sequence[int]]
    ) -> tuple[list[Tensor], list[Truth]]:
        """Mirror images with their labels for several tasks, each with signs of its own."""
        if self._signs is None:
            return list(images), list(truths)
        drawn = torch.rand(len(truths[0]), generator=self._generator) < SHARE
        chosen = drawn.to(truths[0].valid.device, non_blocking=True)
        mirrored = [
            Truth(_flipped(_signed(truth.value, own, drawn), chosen), _flipped(truth.valid, chosen))
            for truth, own in zip(truths, signs, strict=True)
        ]
        return [_flipped(batch, chosen) for batch in images], mirrored


def _signed(value: Tensor, signs: Sequence[int], chosen: Tensor) -> Tensor:
    """Change the signs of the chosen labels: value (N, C, ...), chosen (N,) on the processor."""
    if not signs:
        return value
    changed = torch.where(chosen[:, None], torch.tensor(signs, dtype=value.dtype), 1)
    changed = changed.to(value.device, non_blocking=True)
    return value * changed.view(*changed.shape, *(1,) * (value.ndim - 2))


def _flipped(x: Tensor, chosen: Tensor) -> Tensor:
    """Flip the last axis of the chosen maps, (N, ..., W); what has no width stays as it is."""
    if x.ndim < 3:
        return x
    return torch.where(chosen.view(-1, *(1,) * (x.ndim - 1)), x.flip(-1), x)
