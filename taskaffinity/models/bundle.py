"""Small networks of one architecture, trained side by side as one: still independent, but much faster.

A readout is so small that calling operations takes longer than computing them. In a bundle each
operation is called once for all members: convolutions in groups, norms over groups more, fully connected
layers as batched products. Axis legend: N examples, K members, C channels of one member.
"""

import copy
from collections.abc import Callable
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from taskaffinity.models.decoders import PixelDecoder, ProjectionDecoder, SubPixels, VectorDecoder
from taskaffinity.models.networks import Network, Readout

ALIGNED = 16  # numbers in 64 bytes

Layer = TypeVar("Layer", bound=nn.Module)


class Bundle(Network):
    """Copies of one network, each with weights of its own from the first update on.

    All start from the same weights, and dropout drops the same units in all of them, so members differ only
    by their inputs. On a processor, a member learns the same weights, to the last bit, however many others
    there are, as long as there is at least one.

    Parameters
    ----------
    network
        What is copied: modules called one after the other, the first of them convolutions. It is not changed.
    members
        How many; two or more.

    Raises
    ------
    TypeError
        The network has a layer without a bundled counterpart.
    """

    def __init__(self, network: Network, members: int) -> None:
        super().__init__()
        if members < 2:
            raise ValueError(
                f"a bundle of {members}; a single network has other last bits, so add a copy of it"
            )
        self.members, self.scale = members, network.scale
        self.body = copy.deepcopy(network)
        self.body.scale = nn.Identity()  # type: ignore[assignment]
        _widen(self.body, members)
        self.to(memory_format=torch.channels_last)

    def forward(self, inputs: Tensor) -> Tensor:
        """Predict from (N, K·C, h, w), joined by channel: (N·K, ...), those of an example together."""
        out: Tensor = self.body(inputs)
        if out.ndim == 3:
            return out.transpose(0, 1).flatten(0, 1)
        return out.unflatten(1, (self.members, -1)).flatten(0, 1)

    def state_of(self, member: int) -> dict[str, Tensor]:
        """Copy the weights of one member."""
        return {name: self._share(weight, member).clone() for name, weight in self.named_parameters()}

    def load_state_of(self, member: int, state: dict[str, Tensor]) -> None:
        """Give one member weights copied before."""
        with torch.no_grad():
            for name, weight in self.named_parameters():
                self._share(weight, member).copy_(state[name])

    def _share(self, weight: Tensor, member: int) -> Tensor:
        return weight.detach().unflatten(0, (self.members, -1))[member]


def can_bundle(readout: Readout) -> bool:
    """Tell whether readouts like this can be trained side by side; projections are scored batch by batch."""
    return not isinstance(readout.decoder, ProjectionDecoder)


def _widen(module: nn.Module, members: int) -> None:
    """Replace every layer within a module by its counterpart for so many members."""
    for name, child in module.named_children():
        if type(child) in COUNTERPARTS:
            setattr(module, name, COUNTERPARTS[type(child)](child, members))
        elif type(child) in CONTAINERS:
            _widen(child, members)
        elif type(child) not in UNCHANGED:
            raise TypeError(f"no bundle of {type(child).__name__}")


def _convolution(one: nn.Conv2d, members: int) -> nn.Conv2d:
    many = copy.deepcopy(one)
    many.groups *= members
    many.in_channels *= members
    many.out_channels *= members
    return _repeated(one, many, members)


def _group_norm(one: nn.GroupNorm, members: int) -> nn.GroupNorm:
    return _repeated(
        one, nn.GroupNorm(one.num_groups * members, one.num_channels * members, one.eps), members
    )


def _repeated(one: nn.Module, many: Layer, members: int) -> Layer:
    """Fill the parameters of `many` with those of `one`, again and again along their first axis."""
    for name, weight in one.named_parameters():
        copies = weight.detach().repeat(members, *(1,) * (weight.ndim - 1))
        setattr(many, name, nn.Parameter(copies))
    return many


class _Flatten(nn.Module):
    """Maps (N, K·C, h, w) to features of each member (K, N, C·h·w)."""

    def __init__(self, one: nn.Flatten, members: int) -> None:
        super().__init__()
        self.members = members

    def forward(self, maps: Tensor) -> Tensor:
        return maps.unflatten(1, (self.members, -1)).transpose(0, 1).flatten(2)


class _Linear(nn.Module):
    """Features (K, N, inputs) to (K, N, outputs); weights (K, inputs, outputs), as their gradients come.

    Outputs are padded to a multiple of `ALIGNED`: where the matrix of a member begins in memory decides how
    it is multiplied, and so its last bits.
    """

    def __init__(self, one: nn.Linear, members: int) -> None:
        super().__init__()
        self.outputs = one.out_features
        padding = (0, -self.outputs % ALIGNED)
        self.weight = nn.Parameter(F.pad(one.weight.detach().T, padding).repeat(members, 1, 1))
        self.bias = nn.Parameter(F.pad(one.bias.detach(), padding).repeat(members, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        return torch.baddbmm(self.bias, features, self.weight)[..., : self.outputs]


class _LayerNorm(nn.Module):
    """Features (K, N, units), normalised for each example of each member."""

    def __init__(self, one: nn.LayerNorm, members: int) -> None:
        super().__init__()
        self.shape, self.eps = one.normalized_shape, one.eps
        self.weight = nn.Parameter(one.weight.detach().repeat(members, 1, 1))
        self.bias = nn.Parameter(one.bias.detach().repeat(members, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        return F.layer_norm(features, self.shape, eps=self.eps) * self.weight + self.bias


class _Dropout(nn.Module):
    """Features (K, N, units), the same ones dropped for every member."""

    def __init__(self, one: nn.Dropout, members: int) -> None:
        super().__init__()
        self.share = one.p

    def forward(self, features: Tensor) -> Tensor:
        kept = F.dropout(torch.ones_like(features[0]), self.share, self.training)
        return features * kept if self.training else features


COUNTERPARTS: dict[type[nn.Module], Callable[..., nn.Module]] = {
    nn.Conv2d: _convolution,
    nn.GroupNorm: _group_norm,
    nn.Flatten: _Flatten,
    nn.Linear: _Linear,
    nn.LayerNorm: _LayerNorm,
    nn.Dropout: _Dropout,
}
CONTAINERS = (nn.Sequential, PixelDecoder, VectorDecoder)
UNCHANGED = (nn.Identity, nn.ReLU, nn.PixelShuffle, SubPixels)
