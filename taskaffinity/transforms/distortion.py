"""Random crops in random colours: images that differ in all but what they show.

Batches are cropped and coloured at once, each image with draws of its own; the libraries' functions take one
set of parameters a call.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from taskaffinity.transforms.base import Seed, rng_of
from taskaffinity.transforms.jigsaw import Jigsaw

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
TO_GREY = np.outer(np.ones(3), LUMA)
YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
LOG_ASPECT = np.log(4 / 3)  # the bound, either way, of a crop's width over its height
DRAWS = 11  # chances that one distortion of one image takes


@dataclass(frozen=True)
class Distortion:
    """The distortions of SimCLR (Chen et al., 2020, appendix A), but for the blur, left out on small images.

    Attributes
    ----------
    area
        The least share of the image that a crop has; the crop is enlarged to the image's size.
    strength
        Of the colour jitter: brightness, contrast and saturation change by up to 0.8 of it, hue by 0.2 of a
        turn.
    jittered, grey
        Probabilities of colour jitter and of losing all colour.
    """

    area: float = 0.2
    strength: float = 0.5
    jittered: float = 0.8
    grey: float = 0.2

    def apply(self, images: np.ndarray, seeds: Sequence[Seed], draw: int) -> np.ndarray:
        """Distort a batch (N, 3, H, W); another `draw` is another distortion of the same images."""
        chances = np.stack([rng_of(seed, draw).random(DRAWS) for seed in seeds], axis=1)
        cropped = _crop(images, self._windows(chances[:5]))
        return _colour(cropped, *self._changes(chances[5:]))

    def _windows(self, chances: np.ndarray) -> np.ndarray:
        """Make crops from chances (5, N) in [0, 1): width, height and centre in the square [-1, 1]², (4, N).

        One in two is flipped: its width is negative.
        """
        area = _between(self.area, 1, chances[0])
        aspect = np.exp(_between(-LOG_ASPECT, LOG_ASPECT, chances[1]))
        width, height = np.minimum(np.sqrt([area * aspect, area / aspect]), 1)
        x, y = _between(-1, 1, chances[2:4]) * (1 - width, 1 - height)
        return np.stack([np.where(chances[4] < 0.5, -width, width), height, x, y])

    def _changes(self, chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Make changes of colour from chances (6, N): matrices (N, 3, 3), factors of contrast (N,)."""
        reach = 0.8 * self.strength
        brightness, contrast, saturation = _between(1 - reach, 1 + reach, chances[:3])[..., None, None]
        angle = _between(-0.2, 0.2, chances[3]) * self.strength * 2 * np.pi
        jittered, grey = chances[4] < self.jittered, chances[5] < self.grey
        mixing = brightness * (saturation * np.eye(3) + (1 - saturation) * TO_GREY) @ _hue(angle)
        mixing = np.where(jittered[:, None, None], mixing, np.eye(3))
        mixing = np.where(grey[:, None, None], TO_GREY @ mixing, mixing)
        return mixing.astype(np.float32), np.where(jittered, contrast[:, 0, 0], 1).astype(np.float32)


def _between(low: float, high: float, chance: np.ndarray) -> np.ndarray:
    return low + (high - low) * chance


def _hue(angle: np.ndarray) -> np.ndarray:
    """Turn the plane of I and Q by angles (N,), radians: (N, 3, 3) on red, green and blue."""
    turn = np.broadcast_to(np.eye(3), (len(angle), 3, 3)).copy()
    turn[:, 1, 1] = turn[:, 2, 2] = np.cos(angle)
    turn[:, 1, 2], turn[:, 2, 1] = -np.sin(angle), np.sin(angle)
    return np.linalg.inv(YIQ) @ turn @ YIQ


def _crop(images: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Resample the windows (4, N) of images to the images' size, bilinearly."""
    import torch
    from torch.nn.functional import grid_sample

    width, height, x, y = windows[:, :, None, None]
    v, u = (2 * np.mgrid[: images.shape[2], : images.shape[3]] + 1) / np.reshape(
        images.shape[2:], (2, 1, 1)
    ) - 1
    grid = np.stack(np.broadcast_arrays(width * u + x, height * v + y), axis=-1).astype(np.float32)
    sampled = grid_sample(
        torch.from_numpy(images), torch.from_numpy(grid), padding_mode="border", align_corners=False
    )
    return sampled.numpy()


def _colour(images: np.ndarray, mixing: np.ndarray, contrast: np.ndarray) -> np.ndarray:
    """Mix the channels of each image, then draw them towards their mean luma or away from it."""
    mixed = (mixing @ images.reshape(len(images), 3, -1)).reshape(images.shape)
    middle = (mixed.mean(axis=(2, 3)) * LUMA).sum(axis=1)[:, None, None, None]
    mixed -= middle
    mixed *= contrast[:, None, None, None]
    mixed += middle
    return np.clip(mixed, 0, 1, out=mixed)


@dataclass(frozen=True)
class Distorted:
    """Two distortions x, x⁺ of each image; the label says which image of the batch they came from."""

    distortion: Distortion = field(default_factory=Distortion)

    images: ClassVar[int] = 2

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, np.ndarray]:
        """Distort each image twice: (2, N, 3, H, W)."""
        pair = [self.distortion.apply(images, seeds, draw) for draw in (0, 1)]
        return np.stack(pair), np.arange(len(images))


@dataclass(frozen=True)
class DistortedJigsaw:
    """A distortion of each image, and another with its tiles shuffled (Misra and van der Maaten, 2020).

    The label says which image of the batch they came from.
    """

    distortion: Distortion = field(default_factory=Distortion)
    jigsaw: Jigsaw = field(default_factory=Jigsaw)

    images: ClassVar[int] = 2

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, np.ndarray]:
        """Distort each image twice and shuffle the second: (2, N, 3, H, W)."""
        whole, other = (self.distortion.apply(images, seeds, draw) for draw in (0, 1))
        shuffled, _ = self.jigsaw.apply(other, seeds)
        return np.stack([whole, shuffled]), np.arange(len(images))
