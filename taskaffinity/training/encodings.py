"""Frozen encodings, and how those of several sources are joined.

Axis legend: M examples, K transfers side by side, C channels of all sources and images of one of them, h and
w the rows and columns of the grid.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from taskaffinity.models.shapes import EncodingShape
from taskaffinity.training.examples import Examples

TRANSFER_SPLITS = ("transfer", "validation", "test")
MIN_SPREAD = 1e-6


@dataclass(frozen=True)
class Encodings:
    """The encodings of one source: row of the data set to float32 (C, h, w).

    Attributes
    ----------
    rows
        Sorted rows that were encoded.
    values
        float32 (R, C, h, w), mapped from the disk.
    """

    rows: np.ndarray
    values: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Gather the encodings of rows (N,): (N, C, h, w)."""
        return self.values[np.searchsorted(self.rows, rows)]

    @property
    def shape(self) -> EncodingShape:
        """The shape of one encoding."""
        return EncodingShape(*self.values.shape[1:])


@dataclass(frozen=True)
class SourceSet:
    """What one readout reads.

    Attributes
    ----------
    sources
        Names, in the order in which they are joined.
    encodings
        Theirs, in the same order.
    """

    sources: tuple[str, ...]
    encodings: Sequence[Encodings]

    @property
    def shapes(self) -> tuple[EncodingShape, ...]:
        """The shapes of the encodings, in the same order."""
        return tuple(encodings.shape for encodings in self.encodings)


def side_by_side(
    members: Sequence[Sequence[Encodings]],
    examples: Sequence[Examples],
    grid: tuple[int, int],
    device: torch.device,
) -> list[Tensor]:
    """Join the inputs of all members by channel, each standardised separately: (M, K·C, h, w) of each split.

    Parameters
    ----------
    members
        The encodings of each.
    examples
        Of the splits; the first of them is that of training, which decides the mean and the spread.
    grid
        Rows and columns that all maps are brought to.
    device
        Where they are wanted.
    """
    split_by_split = []
    for encodings in members:
        split_by_split.append(standardised([joined(encodings, part, grid) for part in examples]))
    layout = torch.channels_last
    return [
        torch.cat(parts, dim=1).to(device).contiguous(memory_format=layout)
        for parts in zip(*split_by_split, strict=True)
    ]


def joined(encodings: Sequence[Encodings], examples: Examples, grid: tuple[int, int]) -> Tensor:
    """Join the encodings of all sources and of all images of each example by channel: (M, C, h, w)."""
    parts = [resampled(source[column], grid) for source in encodings for column in examples.rows.T]
    return torch.from_numpy(np.concatenate(parts, axis=1))


def resampled(maps: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """Bring maps (N, C, h, w) to a grid: bilinear, over the area of a pixel where that becomes larger."""
    if maps.shape[2:] == grid:
        return maps
    tensor = torch.from_numpy(np.ascontiguousarray(maps))
    return F.interpolate(tensor, grid, mode="bilinear", align_corners=False, antialias=True).numpy()


def standardised(inputs: Sequence[Tensor]) -> list[Tensor]:
    """Bring every channel to mean 0 and spread 1 over the first of several inputs, the training split's."""
    mean, spread = moments(inputs[0])
    return [(part - mean) / spread for part in inputs]


def moments(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and spread of each channel of maps (M, C, h, w): (1, C, 1, 1) each."""
    mean = inputs.mean((0, 2, 3), keepdim=True)
    return mean, inputs.std((0, 2, 3), keepdim=True).clamp(min=MIN_SPREAD)
