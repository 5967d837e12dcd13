"""A vector for each pixel, near for pixels that belong together."""

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

STRIDE = 4  # the pixel metric loss looks at a grid of points, which this is fine enough for
SEGMENTS = 8  # of a random label


@dataclass(frozen=True)
class Embedding(Output):
    """A vector per pixel that is near for pixels of one segment, (N, dimensions, H/4, W/4).

    The label is a segment for each pixel of the image.
    """

    dimensions: int = 64
    per_pixel: ClassVar[bool] = True

    def decoder(self, place: DecoderPlace) -> "Decoder":
        """Build a decoder to every `STRIDE`-th pixel of the image."""
        from taskaffinity.models.decoders import PixelDecoder

        upsampling = max(1, place.upsampling // STRIDE)
        return PixelDecoder(place.channels, self.dimensions, upsampling, place.width)

    def random_truth(self, prediction: tuple[int, ...], image: tuple[int, int], count: int) -> "Truth":
        """Draw a segment for each pixel of the image."""
        import torch

        from taskaffinity.training.losses import Truth

        valid = torch.ones(count, 1, *image, dtype=torch.bool)
        return Truth(torch.randint(SEGMENTS, (count, *image)), valid)

    def painting(
        self, task: "Task", value: np.ndarray, valid: np.ndarray, classes: Sequence[str]
    ) -> "Painting":
        """Draw segments in colours of their own, and predictions as they are kept."""
        from taskaffinity.plots.paint import Painting

        return Painting(kind="embedding")

    def kept(self, prediction: "Tensor") -> np.ndarray:
        """Keep three principal components as colours: uint8 (N, 3, H, W)."""
        return np.stack([_colours(one) for one in prediction.float()])


def _colours(embedding: "Tensor") -> np.ndarray:
    """Project (D, H, W) to its three principal components, each stretched to 0 … 255: uint8 (3, H, W)."""
    import torch

    flat = torch.nan_to_num(embedding.flatten(1))
    flat = flat - flat.mean(1, keepdim=True)
    basis = torch.linalg.eigh(flat @ flat.T).eigenvectors[:, -3:].flip(1)
    basis = basis * torch.where(basis.sum(0) < 0, -1.0, 1.0)  # an eigenvector's sign means nothing
    low, high = (basis.T @ flat).aminmax(dim=1, keepdim=True)
    scaled = (basis.T @ flat - low) / (high - low).clamp(min=1e-9) * 255
    return scaled.reshape(3, *embedding.shape[1:]).to(torch.uint8).numpy()
