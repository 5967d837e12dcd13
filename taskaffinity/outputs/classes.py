"""A class for the whole image."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from taskaffinity.outputs._contract import DecoderPlace, Output

if TYPE_CHECKING:
    from taskaffinity.models.decoders import Decoder
    from taskaffinity.plots.paint import Painting
    from taskaffinity.tasks.contract import Task
    from taskaffinity.training.losses import Truth


@dataclass(frozen=True)
class Classes(Output):
    """Logits over classes for the whole image, (N, classes).

    ``classes`` is None where the data set says how many there are.
    """

    classes: int | None
    per_pixel: ClassVar[bool] = False

    def decoder(self, place: DecoderPlace) -> "Decoder":
        """Build a head of two hidden layers."""
        from taskaffinity.models.decoders import VectorDecoder

        if self.classes is None:
            raise TypeError("no decoder without the number of classes")
        return VectorDecoder(place.channels, self.classes, place.pixels, place.width)

    def random_truth(self, prediction: tuple[int, ...], image: tuple[int, int], count: int) -> "Truth":
        """Draw the first or the second class."""
        import torch

        from taskaffinity.training.losses import Truth

        return Truth(torch.randint(2, (count,)), torch.ones(count, dtype=torch.bool))

    def painting(
        self, task: "Task", value: np.ndarray, valid: np.ndarray, classes: Sequence[str]
    ) -> "Painting":
        """Name the class, and the likeliest ones of a prediction."""
        from taskaffinity.plots.paint import Painting

        return Painting(kind="classes", names=tuple(classes))

    def known(self, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return classes int64 (N,), and which are valid: none below zero."""
        return value, value >= 0

    @property
    def lacks_classes(self) -> bool:
        """Whether the data has to say how many classes there are."""
        return self.classes is None

    def with_classes(self, count: int) -> "Classes":
        """Return the output for so many classes."""
        return replace(self, classes=count)
