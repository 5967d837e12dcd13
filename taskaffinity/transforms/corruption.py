"""Images that have lost something: noise, a hole, no colour."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from taskaffinity.transforms.base import Seed


@dataclass(frozen=True)
class Noise:
    """Additive Gaussian noise of standard deviation `sigma`, clipped to [0, 1]."""

    sigma: float = 0.1

    images: ClassVar[int] = 1

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

    images: ClassVar[int] = 1

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

    images: ClassVar[int] = 1

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, None]:
        """Take the colour out."""
        luma = np.tensordot(np.array([0.299, 0.587, 0.114], np.float32), images, axes=(0, 1))
        return np.repeat(luma[:, None], 3, axis=1), None
