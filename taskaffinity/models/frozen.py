"""Frozen encoders, made ready to encode many images."""

import copy

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torchvision.models.resnet import BasicBlock, Bottleneck

from taskaffinity.models.encoder import Encoder
from taskaffinity.models.precision import autocast, uses_bf16


class Frozen:
    """An encoder that is not trained any more.

    On a GPU in bf16 our own encoders are rebuilt with fewer passes over memory (`Fused`); anything else runs
    as it is.

    Parameters
    ----------
    encoder
        Maps images (N, 3, H, W) to encodings (N, C, h, w). It is moved to the device.
    precision
        As in a configuration: ``auto``, ``bf16`` or ``fp32``.
    device
        Where it runs.
    """

    def __init__(self, encoder: nn.Module, precision: str, device: torch.device) -> None:
        self.device, self._precision = device, precision
        self.encoder = encoder.eval().requires_grad_(False).to(device).to(memory_format=torch.channels_last)
        if device.type == "cuda" and uses_bf16(precision, device) and isinstance(encoder, Encoder):
            self.encoder = Fused(encoder, torch.bfloat16)

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> Tensor:
        """Encode images (N, 3, H, W) on the device, channels-last: float32 (N, C, h, w)."""
        with autocast(self._precision, self.device):
            encoding: Tensor = self.encoder(images)
        return encoding.float()


class Fused(nn.Module):
    """A copy of an encoder with its batch norms folded into the convolutions.

    On a GPU, cuDNN computes a convolution, its bias, the sum with the shortcut and the ReLU as one operation.
    Elsewhere they are separate operations; tests compare the two.

    Parameters
    ----------
    encoder
        It is not changed.
    dtype
        Of weights and products.
    """

    def __init__(self, encoder: Encoder, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.encoder = copy.deepcopy(encoder).eval().requires_grad_(False)
        fold_batch_norms(self.encoder)
        self.encoder.to(dtype)
        self._dtype = dtype

    def forward(self, images: Tensor) -> Tensor:
        """Encode images (N, 3, H, W) to (N, channels, h, w)."""
        encoder = self.encoder
        x = encoder.maxpool(_relu(encoder.conv1, encoder.normalised(images).to(self._dtype)))
        for stage in (encoder.layer1, encoder.layer2, encoder.layer3, encoder.layer4):
            for block in stage:
                x = _residual(block, x)
        return encoder.project(x)


def _residual(block: BasicBlock | Bottleneck, x: Tensor) -> Tensor:
    shortcut = x if block.downsample is None else block.downsample(x)
    x = _relu(block.conv1, x)
    if isinstance(block, Bottleneck):
        return _add_relu(block.conv3, _relu(block.conv2, x), shortcut)
    return _add_relu(block.conv2, x, shortcut)


def _relu(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """ReLU of a convolution."""
    if not x.is_cuda:
        return conv(x).relu()
    return torch.cudnn_convolution_relu(x, conv.weight, conv.bias, *_geometry(conv))


def _add_relu(conv: nn.Conv2d, x: Tensor, other: Tensor) -> Tensor:
    """ReLU of the sum of a convolution and another map."""
    if not x.is_cuda:
        return (conv(x) + other).relu()
    return torch.cudnn_convolution_add_relu(x, conv.weight, other, 1.0, conv.bias, *_geometry(conv))


def _geometry(conv: nn.Conv2d) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int]:
    assert not isinstance(conv.padding, str)
    return conv.stride, conv.padding, conv.dilation, conv.groups


def fold_batch_norms(module: nn.Module) -> None:
    """Make every batch norm that follows a convolution part of it, in place.

    Layers follow each other in the order in which they were added to their module; torchvision's residual
    networks keep to that.
    """
    previous: tuple[str, nn.Module] | None = None
    for name, child in list(module.named_children()):
        if previous and isinstance(previous[1], nn.Conv2d) and isinstance(child, nn.BatchNorm2d):
            setattr(module, previous[0], fuse_conv_bn_eval(previous[1], child))
            setattr(module, name, nn.Identity())
        else:
            fold_batch_norms(child)
        previous = name, child
