"""The encoder that every task shares: torchvision's residual stages, without pooling, to a narrow encoding.

Taskonomy's form (Zamir et al., 2018, section 3.1 and supplement): the last stage at stride 1, then a
projection to 8 channels. Parameters carry torchvision's names, so that the weights of its ResNets load.
Axis legend: N images, C channels, H and W the image's, h and w the encoding's rows and columns.
"""

import math
from dataclasses import dataclass

from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck

from taskaffinity.config import Model
from taskaffinity.models.shapes import EncodingShape

NARROW = 8  # channels; below it, a strided convolution of one pixel is done in another way, see `Pointwise`
RESNET_WIDTHS = (64, 128, 256, 512)
RESNET_STRIDES = (1, 2, 2, 1)  # torchvision's, but for the last stage (Zamir et al., supplement)


@dataclass(frozen=True)
class Architecture:
    """The residual stages of an encoder.

    Attributes
    ----------
    block
        torchvision's residual block.
    depths, widths, strides
        Of the four stages: how many blocks, how many channels, and the stride of the first block.
    pooled_stem
        Whether the stem is torchvision's (7x7, stride 2, then pooling), for large images, or one 3x3
        convolution of stride 2, for small ones.
    """

    block: type[BasicBlock] | type[Bottleneck]
    depths: tuple[int, int, int, int]
    widths: tuple[int, int, int, int]
    strides: tuple[int, int, int, int]
    pooled_stem: bool

    @property
    def stride(self) -> int:
        """How many pixels of the image one pixel of the encoding stands for, along each side."""
        return math.prod(self.strides) * (4 if self.pooled_stem else 2)


def architecture(model: Model) -> Architecture:
    """Look up the architecture that a config names."""
    w = model.width
    match model.encoder:
        case "small":
            return Architecture(
                BasicBlock, (1, 1, 1, 1), (w, 2 * w, 2 * w, 2 * w), (2, 2, 1, 1), pooled_stem=False
            )
        case "resnet18":
            return Architecture(BasicBlock, (2, 2, 2, 2), RESNET_WIDTHS, RESNET_STRIDES, pooled_stem=True)
        case "resnet50":
            return Architecture(Bottleneck, (3, 4, 6, 3), RESNET_WIDTHS, RESNET_STRIDES, pooled_stem=True)


class Encoder(nn.Module):
    """Image to encoding: (N, 3, H, W) in [0, 1] to (N, channels, H/stride, W/stride)."""

    layer1: nn.Sequential
    layer2: nn.Sequential
    layer3: nn.Sequential
    layer4: nn.Sequential

    def __init__(self, arch: Architecture, channels: int) -> None:
        super().__init__()
        self.stride, self.channels = arch.stride, channels
        inside = arch.widths[0]
        if arch.pooled_stem:
            self.conv1 = nn.Conv2d(3, inside, 7, stride=2, padding=3, bias=False)
        else:
            self.conv1 = nn.Conv2d(3, inside, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(inside)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1) if arch.pooled_stem else nn.Identity()
        stages = zip(arch.depths, arch.widths, arch.strides, strict=True)
        for number, (depth, planes, stride) in enumerate(stages, start=1):
            setattr(self, f"layer{number}", _stage(arch.block, inside, planes, depth, stride))
            inside = planes * arch.block.expansion
        self.project = nn.Conv2d(inside, channels, 1)
        _initialise(self)

    @staticmethod
    def normalised(images: Tensor) -> Tensor:
        """Bring images in [0, 1] to about mean 0 and spread 1."""
        return (images - 0.5) * 4

    def forward(self, images: Tensor) -> Tensor:
        """Encode images (N, 3, H, W) to (N, channels, h, w)."""
        x = self.maxpool(self.relu(self.bn1(self.conv1(self.normalised(images)))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.project(x)


class Pointwise(nn.Conv2d):
    """A 1x1 convolution with a stride, done as one without on the pixels that it reads.

    The same function as ``nn.Conv2d(inside, outside, 1, stride)``, which writes beyond its buffers for fewer
    than 8 channels in the layout of channels last, with oneDNN on some processors.
    """

    def __init__(self, inside: int, outside: int, skip: int) -> None:
        super().__init__(inside, outside, 1, bias=False)
        self.skip = skip

    def forward(self, maps: Tensor) -> Tensor:
        """Convolve (N, inside, h, w) to (N, outside, h/skip, w/skip)."""
        return super().forward(maps[:, :, :: self.skip, :: self.skip])


def _pointwise(inside: int, outside: int, stride: int) -> nn.Conv2d:
    if inside < NARROW and stride > 1:
        return Pointwise(inside, outside, stride)
    return nn.Conv2d(inside, outside, 1, stride=stride, bias=False)


def _stage(
    block: type[BasicBlock] | type[Bottleneck], inside: int, planes: int, depth: int, stride: int
) -> nn.Sequential:
    outside = planes * block.expansion
    shortcut = None
    if stride != 1 or inside != outside:
        shortcut = nn.Sequential(_pointwise(inside, outside, stride), nn.BatchNorm2d(outside))
    blocks = [block(inside, planes, stride, shortcut)]
    blocks += [block(outside, planes) for _ in range(depth - 1)]
    return nn.Sequential(*blocks)


def _initialise(encoder: nn.Module) -> None:
    """Initialise as torchvision does: He et al. (2015), fan out."""
    for module in encoder.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)


def make_encoder(model: Model) -> Encoder:
    """Build the encoder of a config, its weights from torch's current seed."""
    return Encoder(architecture(model), model.channels)


def encoding_shape(model: Model, size: tuple[int, int]) -> EncodingShape:
    """Return the shape of the encoding of an image of `size` (height and width)."""
    stride = architecture(model).stride
    return EncodingShape(model.channels, size[0] // stride, size[1] // stride)
