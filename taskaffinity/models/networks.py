"""Whole networks: a task's own, a readout on frozen encodings, and the best constant guess.

Networks work in units in which the label has mean 0 and standard deviation 1, so that no network spends
updates on finding the scale of its labels. `Scale` converts between these units and the label's.
"""

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from taskaffinity.models.decoders import Decoder, convolution
from taskaffinity.models.encoder import Encoder


class Scale(nn.Module):
    """The affine map between a network's units and the label's, per channel: label = units·spread + mean.

    Parameters
    ----------
    mean, spread
        float32, one value per channel; left out for outputs without a scale (logits, embeddings).
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, mean: Tensor | None = None, spread: Tensor | None = None) -> None:
        super().__init__()
        self.is_identity = mean is None or spread is None
        self.register_buffer("mean", torch.zeros(1) if mean is None else mean)
        self.register_buffer("spread", torch.ones(1) if spread is None else spread)

    def forward(self, units: Tensor) -> Tensor:
        """Bring predictions (N, C, ...) to the label's units, float32."""
        if self.is_identity:
            return units.float()
        return units.float() * self._per_channel(self.spread, units) + self._per_channel(self.mean, units)

    def normalise(self, label: Tensor) -> Tensor:
        """Bring labels (N, C, ...) to the network's units."""
        if self.is_identity:
            return label
        return (label - self._per_channel(self.mean, label)) / self._per_channel(self.spread, label)

    @staticmethod
    def _per_channel(values: Tensor, like: Tensor) -> Tensor:
        return values.view(1, -1, *(1,) * (like.ndim - 2))


class Network(nn.Module):
    """Anything that predicts in units; `scale` brings them to the label's.

    A network is made in the memory layout in which it runs fastest.

    Attributes
    ----------
    members
        How many networks it stands for: 1, but for a `taskaffinity.models.bundle.Bundle`. All parameters have
        an equal part for each along their first axis.
    """

    scale: Scale
    members: int = 1

    def predict(self, inputs: object) -> Tensor:
        """Predict in the label's units, float32."""
        return self.scale(self(inputs))

    def state_of(self, member: int) -> dict[str, Tensor]:
        """Copy all that training has made of one member."""
        return copy.deepcopy(self.state_dict())

    def load_state_of(self, member: int, state: dict[str, Tensor]) -> None:
        """Bring one member back to a copied state."""
        self.load_state_dict(state)


class TaskNetwork(Network):
    """A task's own network: each image of an example is encoded by itself, then joined by channel."""

    def __init__(self, encoder: Encoder, decoder: Decoder, scale: Scale) -> None:
        super().__init__()
        self.encoder, self.decoder, self.scale = encoder, decoder, scale
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Sequence[Tensor]) -> Tensor:
        """Predict from k batches of images, (N, 3, H, W) each."""
        encodings = self.encoder(torch.cat(list(images)))
        return self.decoder(torch.cat(encodings.chunk(len(images)), dim=1))


class Readout(Network):
    """A transfer: two convolutions on frozen encodings joined by channel, then the task's decoder.

    Encodings are standardised per channel. Otherwise, sources with a large scale would train faster for no
    good reason.
    """

    def __init__(self, inputs: int, channels: int, decoder: Decoder, scale: Scale) -> None:
        super().__init__()
        self.transfer = nn.Sequential(
            convolution(inputs, channels * 4), nn.Conv2d(channels * 4, channels, 3, padding=1)
        )
        self.decoder, self.scale = decoder, scale
        self.to(memory_format=torch.channels_last)

    def forward(self, encodings: Tensor) -> Tensor:
        """Predict from encodings (N, C, h, w), C the channels of all sources and images together."""
        return self.decoder(self.transfer(encodings))


class Constant(Network):
    """The same prediction for every input, learned; of one value per output, pixels included."""

    def __init__(self, shape: Sequence[int], scale: Scale) -> None:
        super().__init__()
        self.guess = nn.Parameter(0.01 * torch.randn(1, *shape))
        self.scale = scale

    def forward(self, inputs: Tensor) -> Tensor:
        """Predict for N inputs, whatever they are."""
        return self.guess.expand(len(inputs), *self.guess.shape[1:])
