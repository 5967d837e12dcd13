"""A map of real values."""

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
class Dense(Output):
    """A map of real values, (N, channels, H, W)."""

    channels: int
    per_pixel: ClassVar[bool] = True
    has_scale: ClassVar[bool] = True

    def decoder(self, place: DecoderPlace) -> "Decoder":
        """Build a decoder to every pixel of the image."""
        from taskaffinity.models.decoders import PixelDecoder

        return PixelDecoder(place.channels, self.channels, place.upsampling, place.width)

    def random_truth(self, prediction: tuple[int, ...], image: tuple[int, int], count: int) -> "Truth":
        """Draw values from 0 to 1."""
        import torch

        from taskaffinity.training.losses import Truth

        valid = torch.ones(count, 1, *prediction[1:], dtype=torch.bool)
        return Truth(torch.rand(count, *prediction), valid)

    def painting(
        self, task: "Task", value: np.ndarray, valid: np.ndarray, classes: Sequence[str]
    ) -> "Painting":
        """Draw one channel by colours, and several as red, green and blue."""
        from taskaffinity.plots.paint import Painting
        from taskaffinity.plots.painting import value_range

        if self.channels == 1:
            low, high = value_range(value, valid, 1)
            colours = "viridis" if task.name.startswith("depth") else "gray"
            return Painting(kind="map", low=low, high=high, colours=colours)
        if task.target == "rgb":
            return Painting(kind="rgb")
        if task.target == "normal":
            return Painting(kind="signed", high=1.0)
        return Painting(kind="signed", high=max(abs(edge) for edge in value_range(value, valid, 2)))

    def kept(self, prediction: "Tensor") -> np.ndarray:
        """Keep the map in half precision: float16 (N, C, H, W)."""
        return prediction.float().numpy().astype(np.float16)

    @property
    def signed_values(self) -> int:
        """Its channels."""
        return self.channels
