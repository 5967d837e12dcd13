"""A few real values for the whole image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from taskaffinity.outputs._contract import DecoderPlace, Output

if TYPE_CHECKING:
    from taskaffinity.models.decoders import Decoder
    from taskaffinity.plots.paint import Painting
    from taskaffinity.tasks.contract import Task
    from taskaffinity.training.losses import Truth

POSE_DIMENSIONS = 6  # rotation vector and translation
PAIRS = ("fixated", "nonfixated")  # groupings whose vectors of that length are the pose between two views


@dataclass(frozen=True)
class Vector(Output):
    """A few real values for the whole image, (N, dimensions)."""

    dimensions: int
    per_pixel: ClassVar[bool] = False
    has_scale: ClassVar[bool] = True

    def decoder(self, place: DecoderPlace) -> "Decoder":
        """Build a head of two hidden layers."""
        from taskaffinity.models.decoders import VectorDecoder

        return VectorDecoder(place.channels, self.dimensions, place.pixels, place.width)

    def random_truth(self, prediction: tuple[int, ...], image: tuple[int, int], count: int) -> "Truth":
        """Draw values from 0 to 1."""
        import torch

        from taskaffinity.training.losses import Truth

        return Truth(torch.rand(count, self.dimensions), torch.ones(count, dtype=torch.bool))

    def painting(
        self, task: "Task", value: np.ndarray, valid: np.ndarray, classes: Sequence[str]
    ) -> "Painting":
        """Draw the pose between two views as a camera, and anything else as bars."""
        from taskaffinity.plots.paint import Painting

        if task.grouping in PAIRS and self.dimensions == POSE_DIMENSIONS:
            return Painting(kind="pose", high=_largest(value[:, 3:], 1e-3))
        return Painting(kind="vector", high=_largest(value, 1e-6))

    @property
    def signed_values(self) -> int:
        """Its dimensions."""
        return self.dimensions


def _largest(values: np.ndarray, least: float) -> float:
    return float(np.abs(np.nan_to_num(values)).max(initial=least))
