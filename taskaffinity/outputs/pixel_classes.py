"""A class for each pixel."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from taskaffinity.outputs._contract import DecoderPlace, Output

if TYPE_CHECKING:
    from torch import Tensor

    from taskaffinity.models.decoders import Decoder
    from taskaffinity.plots.paint import Painting
    from taskaffinity.tasks.contract import Task
    from taskaffinity.training.losses import Truth


@dataclass(frozen=True)
class PixelClasses(Output):
    """Logits per pixel, (N, classes, H/stride, W/stride)."""

    classes: int
    stride: int = 1
    per_pixel: ClassVar[bool] = True

    def decoder(self, place: DecoderPlace) -> "Decoder":
        """Build a decoder to every `stride`-th pixel of the image."""
        from taskaffinity.models.decoders import PixelDecoder

        upsampling = max(1, place.upsampling // self.stride)
        return PixelDecoder(place.channels, self.classes, upsampling, place.width)

    def random_truth(self, prediction: tuple[int, ...], image: tuple[int, int], count: int) -> "Truth":
        """Draw a class for each pixel."""
        import torch

        from taskaffinity.training.losses import Truth

        pixels = prediction[1:]
        valid = torch.ones(count, 1, *pixels, dtype=torch.bool)
        return Truth(torch.randint(self.classes, (count, *pixels)), valid)

    def painting(
        self, task: "Task", value: np.ndarray, valid: np.ndarray, classes: Sequence[str]
    ) -> "Painting":
        """Draw each class in a colour of its own."""
        from taskaffinity.plots.paint import Painting

        return Painting(kind="segments")

    def kept(self, prediction: "Tensor") -> np.ndarray:
        """Keep the likeliest class of each pixel: int16 (N, H, W)."""
        return prediction.argmax(1).numpy().astype(np.int16)

    @property
    def label_stride(self) -> int:
        """Pixels of the image, along a side, for one prediction."""
        return self.stride
