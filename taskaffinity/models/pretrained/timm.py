"""Encoders of timm, by name: the last map or tokens, or an intermediate one by its stride or module."""

from typing import Any

import torch
from torch import Tensor, nn

from taskaffinity.errors import InputError
from taskaffinity.models.checkpoints import not_loaded
from taskaffinity.models.pretrained._layers import UpTo, unknown_stride
from taskaffinity.models.pretrained._origin import Origin, Size, tensors_of
from taskaffinity.models.shapes import ImageFormat


class TimmOrigin(Origin):
    """An architecture of timm, with its weights or with those of a checkpoint."""

    def image(self) -> ImageFormat | None:
        """Return the preprocessing of timm's own configuration."""
        with torch.device("meta"):
            known = _create(self.request.name).pretrained_cfg
        return ImageFormat(tuple(known["input_size"][1:]), 1.0, tuple(known["mean"]), tuple(known["std"]))

    def network(self, size: Size) -> nn.Module:
        """Build the network without its head."""
        return _staged(_create(self.request.name), self.request.stage)

    def weights(self, network: nn.Module) -> dict[str, Tensor]:
        """Return timm's weights, fetched where they are not in its cache, or those of the checkpoint."""
        wanted = {name: tuple(value.shape) for name, value in tensors_of(network).items()}
        if self.request.checkpoint is None:
            own = tensors_of(_staged(_create(self.request.name, pretrained=True), self.request.stage))
            return {name: value.float() for name, value in own.items()}
        inner = {name.removeprefix("network."): shape for name, shape in wanted.items()}
        with torch.device("meta"):
            whole = _create(self.request.name).state_dict()
        fitted = self.request.checkpoint.fitted(inner, whole)
        return {name: fitted[name.removeprefix("network.")] for name in wanted}

    def classifier(self) -> nn.Module | None:
        """Return the whole network with timm's weights; heads of checkpoints are not used."""
        if self.request.checkpoint is not None:
            return None
        network: nn.Module = _create(self.request.name, pretrained=True, with_head=True)
        return network if getattr(network, "num_classes", 0) else None


class _Features(nn.Module):
    """``forward_features`` of a network: (N, 3, H, W) to a map or tokens."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> Any:
        return self.network.forward_features(images)


class _Intermediate(nn.Module):
    """One map of ``forward_intermediates``; later layers are cut off."""

    def __init__(self, network: Any, index: int) -> None:
        super().__init__()
        self.network = network
        self._index = network.prune_intermediate_layers([index], prune_norm=True, prune_head=True)

    def forward(self, images: Tensor) -> Any:
        return self.network.forward_intermediates(
            images, indices=self._index, stop_early=True, intermediates_only=True
        )


def _staged(network: Any, stage: str | int | None) -> nn.Module:
    if stage is None:
        return _Features(network).eval()
    if isinstance(stage, str):
        return UpTo(network, stage).eval()
    strides = [int(info["reduction"]) for info in getattr(network, "feature_info", [])]
    if stage not in strides or not hasattr(network, "forward_intermediates"):
        raise InputError(unknown_stride(stage, strides))
    return _Intermediate(network, len(strides) - 1 - strides[::-1].index(stage)).eval()


def _create(name: str, pretrained: bool = False, with_head: bool = False) -> Any:
    try:
        import timm
    except ImportError:
        raise InputError(
            f"origin: timm:{name} needs timm; install it with pip install 'taskaffinity[timm]'"
        ) from None
    try:
        head = {} if with_head else {"num_classes": 0}
        return timm.create_model(name, pretrained=pretrained, **head)
    except Exception as error:  # an unknown name, or whatever its hub's client raises
        remedy = "check name and network, or give weights: FILE"
        raise not_loaded(f"origin: timm:{name}", error, remedy) from None
