"""The View contract: an image with its identity and its named channels.

Views come in batches: every channel is one array whose first axis counts the views.

=============  ====================  ==============================================================
channel        array                 meaning
=============  ====================  ==============================================================
rgb            float32 (N, 3, H, W)  colour in [0, 1]
depth          float32 (N, 1, H, W)  distance along the optical axis, metres
normal         float32 (N, 3, H, W)  unit vector in camera axes, towards the camera
pose           float32 (N, 4, 4)     camera to world, metres
intrinsics     float32 (N, 3, 3)     pinhole matrix in pixels of this image
manhattan      float32 (N, 3, 3)     rows: the room's axes in world coordinates, unit, the third one up
room           float32 (N, 2, 3)     least and greatest corner of the room's box along those axes, metres
semantic       int64 (N, H, W)       class of each pixel
instance       int64 (N, H, W)       object of each pixel; numbers have no order
time           int64 (N,)            number of the frame in its sequence; later ones are larger
object_class   int64 (N,)            class of the object shown
scene_class    int64 (N,)            class of the place
=============  ====================  ==============================================================

Camera axes are OpenCV's: x right, y down, z forward. Where a channel per pixel can be missing, the bool
channel ``<name>_valid`` (N, 1, H, W) says where it is there. Image-wide labels that are missing are -1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from taskaffinity.errors import DataError


class ViewId(NamedTuple):
    """The identity of a view: scene (a building, a stretch of a sequence), point looked at, number, domain.

    The domain is empty where a data set has one alone. Where it has several, the names of scenes begin with
    their domain, so that scenes of different domains are different ones.
    """

    scene: str
    point: int
    view: int
    domain: str = ""

    def __str__(self) -> str:
        return f"{self.scene}/{self.point}/{self.view}"


@dataclass(frozen=True)
class Views:
    """A batch of views.

    Attributes
    ----------
    ids
        Their identities, N of them.
    channels
        The arrays by channel name, each with first axis N.
    """

    ids: Sequence[ViewId]
    channels: Mapping[str, np.ndarray]

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, channel: str) -> np.ndarray:
        if channel not in self.channels:
            raise DataError(f"channel {channel!r} was not read; there are {', '.join(sorted(self.channels))}")
        return self.channels[channel]

    def valid(self, channel: str) -> np.ndarray:
        """Return where a channel per pixel is there: bool (N, 1, H, W)."""
        mask = self.channels.get(f"{channel}_valid")
        if mask is not None:
            return mask
        value = self[channel]
        return np.ones((len(value), 1, *value.shape[-2:]), bool)
