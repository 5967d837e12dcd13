"""Decoders: from encodings to predictions of each kind.

Work is done at the resolution of the encoding; upsampling comes late, by sub-pixel convolution (Shi et al.,
2016), in two steps, so that neighbouring blocks of pixels can agree. Axis legend: N examples, C channels in,
h and w the encoding's rows and columns, H and W those of the image.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from taskaffinity.models.shapes import EncodingShape
from taskaffinity.outputs import DecoderPlace, Output

LATE_CHANNELS = 16
HIDDEN_UNITS = 256
HEAD_DROPOUT = 0.4
NORM_GROUPS = 4
FINEST_STRIDE = 4  # pixels of the image to one of the finest grid that a decoder starts from


def convolution(inside: int, outside: int) -> nn.Sequential:
    """3x3 convolution, group norm, ReLU; the resolution stays."""
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, padding=1, bias=False),
        nn.GroupNorm(math.gcd(NORM_GROUPS, outside), outside),
        nn.ReLU(inplace=True),
    )


class SubPixels(nn.Module):
    """Blocks of channels to blocks of pixels: as torch's `PixelShuffle`, but for layout and time.

    (N, C·r², h, w), best in the layout of channels last, to a contiguous (N, C, h·r, w·r).
    """

    def __init__(self, factor: int) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, blocks: Tensor) -> Tensor:
        """Spread channels over pixels, in two copies of runs instead of one of single values."""
        count, channels, rows, columns = blocks.shape
        r, outputs = self.factor, channels // self.factor**2
        x = blocks.permute(0, 2, 3, 1).reshape(count, rows, columns, outputs * r, r)
        x = x.transpose(2, 3).reshape(count, rows, outputs, r, columns * r)
        return x.transpose(1, 2).reshape(count, outputs, rows * r, columns * r)


class Decoder(nn.Module):
    """From the encoding of an example to a prediction."""


class PixelDecoder(Decoder):
    """Encoding (N, C, h, w) to a map (N, outputs, h·upsampling, w·upsampling)."""

    def __init__(self, channels: int, outputs: int, upsampling: int, width: int) -> None:
        super().__init__()
        first = 2 if upsampling > 1 else 1
        last = upsampling // first
        self.body = nn.Sequential(
            convolution(channels, width),
            nn.Conv2d(width, LATE_CHANNELS * first**2, 1),
            nn.PixelShuffle(first),
            nn.ReLU(inplace=True),
            nn.Conv2d(LATE_CHANNELS, outputs * last**2, 3, padding=1),
            SubPixels(last),
        )

    def forward(self, encoding: Tensor) -> Tensor:
        """Decode (N, C, h, w)."""
        return self.body(encoding)


class VectorDecoder(Decoder):
    """Encoding (N, C, h, w) to a vector (N, outputs): two convolutions, then fully connected layers.

    The convolutions let the images of an example, joined by channel, be compared place by place. Dropout
    (Srivastava et al., 2014) keeps so many weights from overfitting few examples; layer norms keep a head
    from settling on a constant while the encoding does not help it yet.
    """

    def __init__(
        self, channels: int, outputs: int, pixels: int, width: int, dropout: float = HEAD_DROPOUT
    ) -> None:
        super().__init__()
        self.body = nn.Sequential(
            convolution(channels, width),
            convolution(width, width // 2),
            nn.Flatten(),
            nn.LayerNorm(width // 2 * pixels),
            nn.Dropout(dropout),
            nn.Linear(width // 2 * pixels, HIDDEN_UNITS),
            nn.LayerNorm(HIDDEN_UNITS),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(HIDDEN_UNITS, outputs),
        )

    def forward(self, encoding: Tensor) -> Tensor:
        """Decode (N, C, h, w)."""
        return self.body(encoding)


class ProjectionDecoder(Decoder):
    """Encodings of k images joined by channel, (N, k·C, h, w), to a vector each, (N, k, outputs)."""

    def __init__(self, channels: int, outputs: int, pixels: int, width: int, images: int) -> None:
        super().__init__()
        self.images = images
        self.head = VectorDecoder(channels, outputs, pixels, width, dropout=0.0)

    def forward(self, encodings: Tensor) -> Tensor:
        """Project each image's encoding by itself."""
        return torch.stack([self.head(one) for one in encodings.chunk(self.images, dim=1)], dim=1)


def decoder_grid(
    encodings: Sequence[EncodingShape], image: tuple[int, int], output: Output
) -> tuple[int, int]:
    """Return the rows and columns that the maps of a source set are brought to before a decoder.

    It is the coarsest grid that is no coarser than the finest of the maps, of those that a decoder can start
    from: the image is a whole, even number of times as large, `FINEST_STRIDE` times at the least, and a
    multiple of the stride of the prediction. Maps that are all on such a grid are left as they are.
    """
    rows, columns = max(e.rows for e in encodings), max(e.columns for e in encodings)
    unit = math.lcm(2, FINEST_STRIDE, output.label_stride)
    strides = [s for s in range(unit, min(image) + 1, unit) if image[0] % s == image[1] % s == 0]
    if not strides:
        return rows, columns
    enough = [s for s in strides if image[0] // s >= rows and image[1] // s >= columns]
    stride = max(enough, default=strides[0])
    return image[0] // stride, image[1] // stride


def make_decoder(
    output: Output, channels: int, encoding: tuple[int, int], image: tuple[int, int], width: int
) -> Decoder:
    """Build the decoder for a kind of output.

    Parameters
    ----------
    output
        What is predicted; the number of classes is known.
    channels
        Channels of the encoding, those of all images of an example together.
    encoding, image
        Rows and columns of the encoding and of the image.
    width
        Channels inside.
    """
    return output.decoder(DecoderPlace(channels, encoding, image, width))
