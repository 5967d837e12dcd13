"""Photometric jitter of training images, for tasks whose labels do not depend on colour.

A few hundred rooms share few surface textures, and without jitter a network memorises them. torchvision's
ColorJitter draws once per batch; here every example has a draw of its own. Its images share it, because
colour also tells which things in several of them are the same.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from taskaffinity.data.derive import DERIVATIONS
from taskaffinity.tasks import Task


def keeps_label(task: Task) -> bool:
    """Tell whether changed colours leave a task's labels unchanged.

    They do if no label is made from ``rgb``, directly or indirectly, and the task has no input transform; a
    task with a transform defines itself what is done to the image.
    """
    return task.transform is None and not any(_from_colour(channel) for channel in task.label_channels)


def _from_colour(channel: str) -> bool:
    if channel == "rgb":
        return True
    derivation = DERIVATIONS.get(channel)
    return derivation is not None and any(_from_colour(need) for need in derivation.needs)


class Jitter:
    """Changes brightness, contrast, saturation and the balance of colours, each example by itself.

    Parameters
    ----------
    strength
        Largest relative change of brightness and contrast, in [0, 1]; saturation changes by up to twice, each
        colour by up to half as much.
    seed
        Seed of the draws.
    """

    def __init__(self, strength: float, seed: int) -> None:
        self._strength = strength
        self._generator = torch.Generator().manual_seed(seed)

    def __call__(self, batches: Sequence[Tensor]) -> list[Tensor]:
        """Jitter k batches of images (N, 3, H, W) in [0, 1], on any device; the input is not changed."""
        if not self._strength:
            return list(batches)
        s, like = self._strength, batches[0]
        brightness, balance = self._draw(like, s), self._draw(like, s / 2, channels=3)
        contrast, saturation = self._draw(like, s), self._draw(like, 2 * s).clamp(min=0)
        return [_changed(images, brightness * balance, contrast, saturation) for images in batches]

    def _draw(self, images: Tensor, strength: float, channels: int = 1) -> Tensor:
        """Draw factors in 1 ± strength: (N, channels, 1, 1)."""
        uniform = torch.rand(len(images), channels, 1, 1, generator=self._generator)
        return (1 + strength * (2 * uniform - 1)).to(images.device, non_blocking=True)


def _changed(images: Tensor, gain: Tensor, contrast: Tensor, saturation: Tensor) -> Tensor:
    x = images * gain
    mean = x.mean((1, 2, 3), keepdim=True)
    x = (x - mean) * contrast + mean
    grey = x.mean(1, keepdim=True)
    return ((x - grey) * saturation + grey).clamp(0, 1)
