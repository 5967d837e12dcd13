"""Two patches of one image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from taskaffinity.transforms.base import Seed, rng_of

AROUND = np.array([(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)])  # rows, columns
GREEN_MAGENTA = np.array([-1.0, 2.0, -1.0])


@dataclass(frozen=True)
class PatchPair:
    """The centre patch and one of its eight neighbours; which is the label (Doersch et al., 2015, section 3).

    As in the paper, a gap of half a patch and a jitter keep boundaries and lines from giving the answer away,
    and green and magenta are made grey, which hides chromatic aberration (section 3.1). Patches are enlarged
    to the size of the image, bilinearly, because every encoder takes images of that size.

    Attributes
    ----------
    side, gap, jitter
        Shares of the image's side: of a patch, between patches, and how far the second may be displaced.
    """

    side: float = 1 / 4
    gap: float = 1 / 8
    jitter: float = 1 / 32

    images: ClassVar[int] = 2

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, np.ndarray]:
        """Cut the pair of each image: (2, N, 3, H, W), and the neighbour's number in reading order."""
        pairs, images = np.empty((2, *images.shape), np.float32), _without_green_magenta(images)
        labels = np.empty(len(images), np.int64)
        for index, (image, seed) in enumerate(zip(images, seeds, strict=True)):
            rng = rng_of(seed)
            labels[index] = rng.integers(len(AROUND))
            for which, direction in enumerate((np.zeros(2, int), AROUND[labels[index]])):
                pairs[which, index] = self._patch(image, direction, rng)
        return pairs, labels

    def _patch(self, image: np.ndarray, direction: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        import cv2

        size = np.array(image.shape[-2:])
        side, reach = np.rint(size * self.side).astype(int), np.rint(size * self.jitter).astype(int)
        shift = direction * np.rint(size * (self.side + self.gap)).astype(int)
        shift = shift + (rng.integers(-reach, reach + 1) if direction.any() else 0)
        top, left = np.clip((size - side) // 2 + shift, 0, size - side)
        patch = image[:, top : top + side[0], left : left + side[1]]
        enlarged = cv2.resize(
            patch.transpose(1, 2, 0), tuple(size[::-1].tolist()), interpolation=cv2.INTER_LINEAR
        )
        return enlarged.transpose(2, 0, 1)


def _without_green_magenta(images: np.ndarray) -> np.ndarray:
    """Project colours on the plane across the axis from green to magenta, clipped to [0, 1]."""
    axis = GREEN_MAGENTA / np.linalg.norm(GREEN_MAGENTA)
    project = (np.eye(3) - np.outer(axis, axis)).astype(np.float32)
    flat = project @ images.reshape(len(images), 3, -1)
    return np.clip(flat, 0, 1).reshape(images.shape)
