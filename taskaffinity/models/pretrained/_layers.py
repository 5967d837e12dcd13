"""The output of a layer inside a network."""

from difflib import get_close_matches
from typing import Any

from torch import Tensor, nn

from taskaffinity.errors import InputError


class _ReachedError(Exception):
    """The layer was reached; nothing after it is computed."""


class UpTo(nn.Module):
    """A network up to one of its layers: what that layer gives.

    Parameters
    ----------
    network
        The network.
    layer
        The name of a module in it, as ``named_modules`` has it.

    Raises
    ------
    InputError
        The network has no such layer.
    """

    def __init__(self, network: nn.Module, layer: str) -> None:
        super().__init__()
        names = [name for name, _ in network.named_modules() if name]
        if layer not in names:
            raise InputError(unknown_stage(layer, names))
        self.network, self._kept = network, [None]
        network.get_submodule(layer).register_forward_hook(self._keep)

    def forward(self, images: Tensor) -> Any:
        """Return what the layer gives for images (N, 3, H, W)."""
        try:
            self.network(images)
        except _ReachedError:
            kept, self._kept[0] = self._kept[0], None
            return kept
        raise InputError("stage: the encoder does not use that layer; choose another")

    def _keep(self, module: nn.Module, inputs: Any, output: Any) -> None:
        self._kept[0] = output
        raise _ReachedError


def unknown_stage(stage: object, names: list[str]) -> str:
    """Say that there is no such stage, and which there are."""
    near = get_close_matches(str(stage), names, n=3) or names[-5:]
    return f"stage: there is no {stage!r}; there are {', '.join(near)}, among others"


def unknown_stride(stride: int, strides: list[int]) -> str:
    """Say that no map has such a stride, and which strides there are."""
    return (
        f"stage: no map has stride {stride}; there are {', '.join(map(str, sorted(set(strides)))) or 'none'}"
    )
