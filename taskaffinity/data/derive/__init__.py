"""Labels derived from colour, depth and pose with established libraries.

`DERIVATIONS` lists every channel that can be derived and the channels it needs; a channel that the data set
provides itself is never derived.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from taskaffinity.data.views import Views
from taskaffinity.errors import DataError


@dataclass(frozen=True)
class Derivation:
    """How one channel is made.

    Attributes
    ----------
    needs
        The channels it is made from, read or derived.
    version
        Raised when its values change, so that kept ones are made again.
    module, function
        Where its code is; imported when first used. It takes the views of a chunk and returns the channel,
        and its validity mask where it can be missing.
    scope
        ``view`` where every view has a value of its own; ``sequence`` where one value, made from views spread
        over the whole data set, holds for all of them.
    """

    needs: tuple[str, ...]
    module: str
    version: int = 1
    scope: Literal["view", "sequence"] = "view"

    def function(self, channel: str) -> Callable[[Views], dict[str, np.ndarray]]:
        """Import the function that makes `channel`."""
        from importlib import import_module

        return getattr(import_module(f"taskaffinity.data.derive.{self.module}"), channel)


DERIVATIONS: dict[str, Derivation] = {
    "depth_euclidean": Derivation(("depth", "intrinsics"), "geometry"),
    "normal": Derivation(("depth", "intrinsics"), "geometry", version=2),
    "principal_curvature": Derivation(("depth", "intrinsics", "normal"), "curvature", version=2),
    "edge_occlusion": Derivation(("depth",), "edges", version=2),
    "reshading": Derivation(("depth", "intrinsics", "normal"), "shading", version=2),
    "keypoints3d": Derivation(("depth", "intrinsics", "normal"), "narf", version=2),
    "manhattan": Derivation(("normal", "pose"), "manhattan", scope="sequence"),
    "room": Derivation(("depth", "intrinsics", "pose", "manhattan"), "manhattan", scope="sequence"),
    "vanishing_point": Derivation(("manhattan", "pose"), "layout"),
    "room_layout": Derivation(("manhattan", "room", "pose"), "layout"),
    "edge_texture": Derivation(("rgb",), "edges", version=2),
    "keypoints2d": Derivation(("rgb",), "keypoints", version=2),
    "colour_bin": Derivation(("rgb",), "colour"),
    "segment_unsup2d": Derivation(("rgb",), "segments", version=2),
    "segment_unsup25d": Derivation(("depth", "normal"), "segments", version=2),
}


def can_provide(channel: str, provided: Collection[str]) -> bool:
    """Tell whether a channel is provided, or can be derived from what is."""
    if channel in provided:
        return True
    derivation = DERIVATIONS.get(channel)
    return derivation is not None and all(can_provide(need, provided) for need in derivation.needs)


def in_order(channels: Iterable[str], provided: Collection[str]) -> list[str]:
    """List what must be derived to have `channels`, needs first.

    Raises
    ------
    DataError
        A channel is neither provided nor derivable.
    """
    order: list[str] = []

    def visit(channel: str) -> None:
        if channel in provided or channel in order:
            return
        if not can_provide(channel, provided):
            raise DataError(f"channel {channel!r} is neither in the data nor derivable from it")
        for need in DERIVATIONS[channel].needs:
            visit(need)
        order.append(channel)

    for channel in channels:
        visit(channel)
    return order
