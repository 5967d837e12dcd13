"""Networks that follow one another: an encoder, then a readout of its maps, whole or up to its last layer."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from taskaffinity.errors import InputError


class Chained(nn.Module):
    """An encoder, and a readout on its standardised maps: images (N, 3, H, W) to (N, C, h, w).

    Parameters
    ----------
    base
        The encoder.
    readout
        Maps (N, C, r, c) to a map or a vector.
    inputs
        Rows and columns that the readout takes.
    most
        Most rows and columns of the encoding.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, base: nn.Module, readout: nn.Module, inputs: tuple[int, int], most: int) -> None:
        super().__init__()
        self.base, self.readout = base, readout
        self._inputs, self._most = inputs, most
        channels = next(m.in_channels for m in readout.modules() if isinstance(m, nn.Conv2d))
        self.register_buffer("mean", torch.zeros(1, channels, 1, 1))
        self.register_buffer("spread", torch.ones(1, channels, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Encode images (N, 3, H, W)."""
        maps = self.base(images)
        if tuple(maps.shape[2:]) != self._inputs:
            maps = F.interpolate(maps, self._inputs, mode="bilinear", align_corners=False, antialias=True)
        out = self.readout((maps - self.mean) / self.spread)
        out = out[:, :, None, None] if out.ndim == 2 else out
        rows, columns = min(out.shape[2], self._most), min(out.shape[3], self._most)
        return out if out.shape[2:] == (rows, columns) else F.adaptive_avg_pool2d(out, (rows, columns))


class _ReachedError(Exception):
    """The last layer was reached; its input is the first argument."""


class _Stop(nn.Module):
    def forward(self, inputs: Tensor) -> Tensor:
        raise _ReachedError(inputs)


class BeforeLast(nn.Module):
    """A network up to the input of its last layer with weights, which is cut off."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        name = [name for name, m in network.named_modules() if isinstance(m, nn.Conv2d | nn.Linear)][-1]
        network.set_submodule(name, _Stop())
        self.network = network

    def forward(self, maps: Tensor) -> Tensor:
        """Return what the last layer would be given."""
        try:
            self.network(maps)
        except _ReachedError as reached:
            hidden: Tensor = reached.args[0]
            return hidden
        raise InputError("the network does not use its last layer")
