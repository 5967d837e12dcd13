"""An affine map that brings frozen encodings of one domain to where those of another lie.

The publications map the source to the target and train a classifier there. Here the map goes the other way,
from the target to the source, so that the head that was trained on the source is used as it is. The values
that are mapped together are the channels of a pixel of the encoding: this serves dense tasks and classes
alike, and a map of whole encodings would have more numbers than there are images to compute them from.

Axis legend: N images or samples, C channels, h and w rows and columns, D values of a sample.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Affine:
    """The map x → (x − start)·matrix + end.

    Attributes
    ----------
    matrix
        float64 (D, D).
    start, end
        float64 (D,).
    """

    matrix: np.ndarray
    start: np.ndarray
    end: np.ndarray

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Map values (N, D)."""
        return (values - self.start) @ self.matrix + self.end


def samples(maps: np.ndarray) -> np.ndarray:
    """Lay out maps (N, C, h, w) as samples (N·h·w, C), a pixel each."""
    return maps.transpose(0, 2, 3, 1).reshape(-1, maps.shape[1])


class Aligned(nn.Module):
    """An encoder whose encodings are mapped, pixel by pixel.

    Parameters
    ----------
    encoder
        Images (N, 3, H, W) to maps (N, C, h, w).
    channels
        C.
    """

    matrix: Tensor
    start: Tensor
    end: Tensor

    def __init__(self, encoder: nn.Module, channels: int) -> None:
        super().__init__()
        self.inner = encoder
        self.register_buffer("matrix", torch.eye(channels))
        self.register_buffer("start", torch.zeros(channels))
        self.register_buffer("end", torch.zeros(channels))

    def set_map(self, affine: Affine) -> None:
        """Take a map over."""
        for name in ("matrix", "start", "end"):
            value = torch.from_numpy(getattr(affine, name)).float()
            getattr(self, name).copy_(value.to(self.matrix.device))

    def forward(self, images: Tensor) -> Tensor:
        """Encode images and map their encodings: (N, C, h, w), float32."""
        pixels = self.inner(images).float().permute(0, 2, 3, 1)
        mapped = ((pixels - self.start) @ self.matrix).float() + self.end
        return mapped.permute(0, 3, 1, 2)
