"""Turned images."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from taskaffinity.errors import DataError
from taskaffinity.transforms.base import Seed, rng_of


@dataclass(frozen=True)
class Rotation:
    """The image turned anticlockwise by none to three quarters; how many is the label (Gidaris, 2018).

    Images must be square.
    """

    images: ClassVar[int] = 1

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, np.ndarray]:
        """Turn each image."""
        if images.shape[-2] != images.shape[-1]:
            raise DataError(f"rotation needs square images, these are {images.shape[-2]}x{images.shape[-1]}")
        labels = np.array([rng_of(seed).integers(4) for seed in seeds], np.int64)
        turned = [np.rot90(image, turns, axes=(1, 2)) for image, turns in zip(images, labels, strict=True)]
        return np.stack(turned), labels
