"""A network of several tasks: one encoder, a head for each, and the place where it branches.

Axis legend: N examples, C channels, H and W the image's, h and w the encoding's rows and columns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from taskaffinity.config import Model
from taskaffinity.models.decoders import Decoder
from taskaffinity.models.encoder import architecture, encoding_shape, make_encoder
from taskaffinity.models.networks import Network, Scale
from taskaffinity.models.shapes import EncodingShape

Branch = Literal["encoding", "layer3", "layer2", "layer1"]
"""The last part of the encoder that all tasks share; ``encoding`` is the whole of it."""

STAGES = ("layer1", "layer2", "layer3", "layer4", "project")


@dataclass(frozen=True)
class Head:
    """What a task has of its own.

    Attributes
    ----------
    tail
        The rest of the encoder, from where the network branches; nothing where it branches at the encoding.
    decoder
        From the encodings of the images of an example, joined by channel, to a prediction.
    scale
        Of the task's labels.
    stream
        Which of the batches of images it reads.
    """

    tail: nn.Module
    decoder: Decoder
    scale: Scale
    stream: int


class JointNetwork(Network):
    """One encoder with a head for each of several tasks.

    Tasks whose images are drawn or changed in the same way read one stream of images. All streams of a batch
    pass the encoder together.

    Parameters
    ----------
    encoder
        What all tasks share.
    heads
        One for each task.
    images
        How many images an example has, by stream.
    """

    def __init__(self, encoder: nn.Module, heads: Sequence[Head], images: Sequence[int]) -> None:
        super().__init__()
        self.encoder, self.scale = encoder, Scale()
        self.tails = nn.ModuleList(head.tail for head in heads)
        self.decoders = nn.ModuleList(head.decoder for head in heads)
        self.scales = nn.ModuleList(head.scale for head in heads)
        self.streams, self.images = tuple(head.stream for head in heads), tuple(images)
        self.log_spreads = nn.Parameter(torch.zeros(len(heads)), requires_grad=False)
        self.to(memory_format=torch.channels_last)

    def forward(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Predict, in the units of each head, from the images of all streams: (N, 3, H, W) each."""
        return self.decode(self.encode(inputs), [len(batch) for batch in inputs])

    def encode(self, inputs: Sequence[Tensor]) -> Tensor:
        """Encode the images of all streams together: (all N, C, h, w)."""
        encodings: Tensor = self.encoder(torch.cat(list(inputs)))
        return encodings

    def decode(self, encodings: Tensor, counts: Sequence[int]) -> list[Tensor]:
        """Predict by every head from the encodings of `counts` images, batch by batch."""
        parts, first = encodings.split(list(counts)), 0
        by_stream = []
        for images in self.images:
            by_stream.append(parts[first : first + images])
            first += images
        return [self._decoded(head, by_stream[stream]) for head, stream in enumerate(self.streams)]

    def _decoded(self, head: int, parts: Sequence[Tensor]) -> Tensor:
        tail = self.tails[head]
        prediction: Tensor = self.decoders[head](torch.cat([tail(part) for part in parts], dim=1))
        return prediction

    def predict_stream(self, stream: int, inputs: Sequence[Tensor]) -> dict[int, Tensor]:
        """Predict in the labels' units, float32, by the heads of one stream alone."""
        parts = self.encode(inputs).chunk(len(inputs))
        heads = [head for head, own in enumerate(self.streams) if own == stream]
        return {head: self.scales[head](self._decoded(head, parts)) for head in heads}


def trunk_of(model: Model, branch: Branch) -> nn.Module:
    """Build what all tasks share, with the names of the whole encoder; untrained."""
    encoder = make_encoder(model)
    for stage in _after(branch):
        setattr(encoder, stage, nn.Identity())
    return encoder


def tail_of(model: Model, branch: Branch) -> nn.Sequential:
    """Build the rest of the encoder, which each task has for itself; untrained."""
    stages = _after(branch)
    encoder = make_encoder(model) if stages else None
    return nn.Sequential(*(getattr(encoder, stage) for stage in stages))


def trunk_shape(model: Model, branch: Branch, size: tuple[int, int]) -> EncodingShape:
    """Return the shape of the encoding at the place where the network branches."""
    whole = encoding_shape(model, size)
    if branch == "encoding":
        return whole
    arch, number = architecture(model), int(branch.removeprefix("layer"))
    finer = 1
    for stride in arch.strides[number:]:
        finer *= stride
    channels = arch.widths[number - 1] * arch.block.expansion
    return EncodingShape(channels, whole.rows * finer, whole.columns * finer)


def _after(branch: Branch) -> tuple[str, ...]:
    return () if branch == "encoding" else STAGES[STAGES.index(branch) + 1 :]
