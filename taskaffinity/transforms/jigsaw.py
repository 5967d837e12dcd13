"""Shuffled tiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from taskaffinity.transforms.base import Seed


@dataclass(frozen=True)
class Jigsaw:
    """Tiles put in one of `count` orders; the order is the label (Noroozi and Favaro, 2016).

    The orders are chosen far apart in Hamming distance, as in the paper. Tiles have the same whole number of
    pixels; what is left at the right and lower border is grey.
    """

    tiles: int = 3
    count: int = 100

    images: ClassVar[int] = 1

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
