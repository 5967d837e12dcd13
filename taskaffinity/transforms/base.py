"""The Transform contract."""

from collections.abc import Sequence
from typing import ClassVar, Protocol

import numpy as np

Seed = Sequence[int]


class Transform(Protocol):
    """What is done to an image before it is encoded.

    A pure function of each image and its own seed, so that an encoding or a test loss never depends on which
    other images share the batch. Its attributes are numbers, text, arrays or objects of these:
    `taskaffinity.transforms.identity` tells transforms apart by their kind, their parameters and, for a
    user's own, their code; encodings are kept under that.

    Attributes
    ----------
    images
        How many images it makes of one.
    """

    images: ClassVar[int]

    def apply(self, images: np.ndarray, seeds: Sequence[Seed]) -> tuple[np.ndarray, np.ndarray | None]:
        """Transform a batch; the input is never changed.

        Parameters
        ----------
        images
            float32 (N, 3, H, W), in [0, 1].
        seeds
            N of them, one per image.

        Returns
        -------
        tuple
            The changed images, float32 (N, 3, H, W), or (k, N, 3, H, W) where it makes k > 1 images of one;
            and, where the transform makes the label, int64 (N,) classes, else None.
        """
        ...


def rng_of(seed: Seed, *purpose: int) -> np.random.Generator:
    """Return the generator of one image, for one purpose where a transform draws for several."""
    return np.random.default_rng([*seed, *purpose])
