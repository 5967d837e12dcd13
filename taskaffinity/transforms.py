"""What is done to an image before it is encoded: noise, a hole, no colour, shuffled tiles.

A transform is a pure function of the images and of one seed per image, so that an encoding or a test loss
never depends on which other images share the batch. Images are float32 (N, 3, H, W) in [0, 1].
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np

Seed = Sequence[int]


class Transform(Protocol):
    """One input transform.

    `apply` takes images (N, 3, H, W) and N seeds, and returns the changed images with, where the transform
    makes the label, int64 (N,) classes, else None. It never changes its input.
    """

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, np.ndarray | None]:
        """Transform a batch."""
        ...


@dataclass(frozen=True)
class Noise:
    """Additive Gaussian noise of standard deviation `sigma`, clipped to [0, 1]."""

    sigma: float = 0.1

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, None]:
        """Add noise of its own to each image."""
        noisy = np.empty_like(images)
        for out, image, seed in zip(noisy, images, seeds, strict=True):
            noise = np.random.default_rng(seed).standard_normal(image.shape, dtype=np.float32)
            np.clip(image + np.float32(self.sigma) * noise, 0, 1, out=out)
        return noisy, None


@dataclass(frozen=True)
class CentreMask:
    """The centre of the image replaced by grey; `share` is the side of the hole over the image's."""

    share: float = 0.5

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, None]:
        """Cut the hole."""
        height, width = images.shape[-2:]
        top, left = (round(side * (1 - self.share) / 2) for side in (height, width))
        masked = images.copy()
        masked[..., top : height - top, left : width - left] = 0.5
        return masked, None


@dataclass(frozen=True)
class Grey:
    """Luma in all three channels (ITU-R BT.601)."""

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, None]:
        """Take the colour out."""
        luma = np.tensordot(np.float32([0.299, 0.587, 0.114]), images, axes=(0, 1))
        return np.repeat(luma[:, None], 3, axis=1), None


@dataclass(frozen=True)
class Jigsaw:
    """Tiles put in one of `count` orders; the order is the label (Noroozi and Favaro, 2016).

    The orders are chosen far apart in Hamming distance, as in the paper. Tiles have the same whole number of
    pixels; what is left at the right and lower border is grey.
    """

    tiles: int = 3
    count: int = 100

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, np.ndarray]:
        """Shuffle the tiles of each image."""
        orders = permutations(self.tiles**2, self.count)
        labels = np.array([np.random.default_rng(seed).integers(self.count) for seed in seeds], np.int64)
        count, channels, height, width = images.shape
        h, w, k = height // self.tiles, width // self.tiles, self.tiles
        grid = images[..., : h * k, : w * k].reshape(count, channels, k, h, k, w)
        cells = grid.transpose(0, 2, 4, 1, 3, 5).reshape(count, k * k, channels, h, w)
        cells = np.take_along_axis(cells, orders[labels][:, :, None, None, None], axis=1)
        grid = cells.reshape(count, k, k, channels, h, w).transpose(0, 3, 1, 4, 2, 5)
        shuffled = np.full_like(images, 0.5)
        shuffled[..., : h * k, : w * k] = grid.reshape(count, channels, h * k, w * k)
        return shuffled, labels


@cache
def permutations(length: int, count: int, seed: int = 0, pool: int = 2000) -> np.ndarray:
    """Choose orders that differ from one another in many places.

    Greedy: of a pool of random orders, the one farthest (in Hamming distance, the nearest chosen one counts)
    from those chosen so far.

    Returns
    -------
    ndarray
        int64 (count, length), distinct rows.
    """
    rng = np.random.default_rng(seed)
    candidates = np.unique(np.stack([rng.permutation(length) for _ in range(pool)]), axis=0)
    chosen = [0]
    nearest = np.full(len(candidates), length + 1)
    while len(chosen) < count:
        nearest = np.minimum(nearest, (candidates != candidates[chosen[-1]]).sum(axis=1))
        chosen.append(int(nearest.argmax()))
    return candidates[chosen].astype(np.int64)
