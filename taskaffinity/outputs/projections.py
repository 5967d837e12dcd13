"""A vector for each image of an example, to be compared with those of others."""

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


@dataclass(frozen=True)
class Projections(Output):
    """A vector for each image of the example, (N, images, dimensions), by a head that sees one at a time.

    For losses that compare images: a head that saw them all could answer without a representation.
    """

    dimensions: int = 64
    images: int = 2
    per_pixel: ClassVar[bool] = False
    compares_images: ClassVar[bool] = True

    def decoder(self, place: DecoderPlace) -> "Decoder":
        """Build a head that projects each image by itself."""
        from taskaffinity.models.decoders import ProjectionDecoder

        channels = place.channels // self.images
        return ProjectionDecoder(channels, self.dimensions, place.pixels, place.width, self.images)

    def random_truth(self, prediction: tuple[int, ...], image: tuple[int, int], count: int) -> "Truth":
        """Draw the number of each example: its place in the batch is its label."""
        import torch

        from taskaffinity.training.losses import Truth

        return Truth(torch.arange(count), torch.ones(count, dtype=torch.bool))

    def painting(
        self, task: "Task", value: np.ndarray, valid: np.ndarray, classes: Sequence[str]
    ) -> "Painting":
        """Name the example; tasks of this kind are sources alone, and no report shows them."""
        from taskaffinity.plots.paint import Painting

        return Painting(kind="classes", names=tuple(classes))

    def fits_images(self, count: int) -> bool:
        """Tell whether a transform makes as many images as it projects."""
        return count == self.images
