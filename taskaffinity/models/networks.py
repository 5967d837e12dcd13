"""Whole networks: a task's own, a readout on frozen encodings, and the best constant guess.

Each ends in the same fixed affine map to the label's mean and spread, so that no network spends its updates on
finding the scale of its labels.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from taskaffinity.models.decoders import convolution
from taskaffinity.models.encoder import Encoder


class Scale(nn.Module):
    """The fixed map from a network's units to the label's: y·spread + mean, per channel.

    Parameters
    ----------
    mean, spread
        float32, one value per channel, or one for all.
    """

    def __init__(self, mean: Tensor, spread: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("spread", spread)

    def forward(self, prediction: Tensor) -> Tensor:
        """Scale (N, C, ...)."""
        shape = (1, -1, *(1,) * (prediction.ndim - 2))
        return prediction.float() * self.spread.view(shape) + self.mean.view(shape)


class TaskNetwork(nn.Module):
    """A task's own network: every image of the example is encoded by itself, the encodings joined by channel."""

    def __init__(self, encoder: Encoder, decoder: nn.Module, scale: Scale) -> None:
        super().__init__()
        self.encoder, self.decoder, self.scale = encoder, decoder, scale

    def forward(self, images: Sequence[Tensor]) -> Tensor:
        """Predict from k batches of images, (N, 3, H, W) each."""
        encodings = self.encoder(torch.cat(list(images)))
        return self.scale(self.decoder(torch.cat(encodings.chunk(len(images)), dim=1)))


class Readout(nn.Module):
    """A transfer: two convolutions on frozen encodings joined by channel, then the task's decoder.

    Encodings are standardised per channel with statistics of the transfer split: sources differ in scale, and
    without it those with a large one would train faster for no merit of their own.
    """

    def __init__(self, mean: Tensor, spread: Tensor, channels: int, decoder: nn.Module, scale: Scale) -> None:
        super().__init__()
        self.register_buffer("mean", mean.view(1, -1, 1, 1))
        self.register_buffer("spread", spread.view(1, -1, 1, 1))
        self.transfer = nn.Sequential(
            convolution(mean.numel(), channels * 4), nn.Conv2d(channels * 4, channels, 3, padding=1)
        )
        self.decoder, self.scale = decoder, scale

    def forward(self, encodings: Tensor) -> Tensor:
        """Predict from encodings (N, C, h, w), C the channels of all sources and images together."""
        return self.scale(self.decoder(self.transfer((encodings - self.mean) / self.spread)))


class Constant(nn.Module):
    """The same prediction for every input, learned; of one value per output, pixels included."""

    def __init__(self, shape: Sequence[int], scale: Scale) -> None:
        super().__init__()
        self.guess = nn.Parameter(0.01 * torch.randn(1, *shape))
        self.scale = scale

    def forward(self, inputs: Tensor) -> Tensor:
        """Predict for N inputs, whatever they are."""
        return self.scale(self.guess.expand(len(inputs), *self.guess.shape[1:]))
