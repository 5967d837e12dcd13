"""The reading of one picture with its labels and its camera.

Axis legend: S side of the view.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from taskaffinity.data.faults import UnreadableError, relative
from taskaffinity.data.pixels import read_stored
from taskaffinity.data.resize import shrink
from taskaffinity.data.taskonomy import camera, decode
from taskaffinity.data.taskonomy.domains import BIT, DOMAINS
from taskaffinity.data.taskonomy.index import SMALLEST_FILE
from taskaffinity.data.taskonomy.names import Shelf

PLANES = {"normal": 3, "principal_curvature": 2}  # channels of a label per pixel; others have one
LABELS = {"semantic", "segment_unsup2d", "segment_unsup25d"}  # whole numbers, without an axis of channels
DEPTHS = ("depth_zbuffer", "depth_euclidean")

T = TypeVar("T")
Channels = dict[str, np.ndarray]


@dataclass(frozen=True)
class Unit:
    """Some views of one building, with all that is needed to read them.

    Attributes
    ----------
    building
        Its name.
    views
        Point, view, and the bits of the files there are and of those that are too small, of each.
    shelves
        Where the files of each domain lie.
    """

    building: str
    views: Sequence[tuple[int, int, int, int]]
    shelves: Mapping[str, Shelf]


@dataclass
class StoredPicture:
    """One picture of a unit.

    Attributes
    ----------
    unit, number
        The unit, and the position in it.
    root
        The root of the tree.
    size
        Side of the view, pixels.
    used
        The domains whose files are read.
    field_of_view
        Degrees, where nothing tells it.
    faults
        One line for each file that could not be used, after `read`.
    shape
        Height and width of the picture as stored, after `read`.
    """

    unit: Unit
    number: int
    root: Path
    size: int
    used: Sequence[str]
    field_of_view: float
    faults: list[str] = field(default_factory=list)
    shape: tuple[int, int] = (0, 0)

    @property
    def key(self) -> tuple[int, int]:
        """Point and view."""
        return self.unit.views[self.number][:2]

    def read(self) -> Channels | None:
        """Return the channels of the view; None where there is no picture."""
        rgb = self._read("rgb", decode.colour_of)
        if rgb is None:
            return None
        self.shape = (rgb.shape[0], rgb.shape[1])
        channels: Channels = {"rgb": shrink(decode.central_square(rgb), self.size).transpose(2, 0, 1)}
        labels = {name: self._label(name) for name in self.used if name in decode.PICTURES}
        mask = self._mask(labels)
        for name, decoded in labels.items():
            channels |= self._channels(name, decoded, mask)
        for name in ("class_object", "class_scene"):
            if name in self.used:
                channels[DOMAINS[name].channels[0]] = np.array(self._class(name), np.int64)
        return channels | self._camera()

    def _has(self, name: str) -> bool:
        """Tell whether a domain has a file that is not too small."""
        _, _, has, small = self.unit.views[self.number]
        return bool(has & ~small & BIT[name])

    def _read(self, name: str, read: Callable[[Path], T]) -> T | None:
        """Read a file of a domain; None where there is none, or where it is a fault."""
        _, _, has, _ = self.unit.views[self.number]
        if not has & BIT[name]:
            return None
        place = self.unit.shelves[name].file(*self.key)
        if not self._has(name):
            self.faults.append(f"{place}: is under {SMALLEST_FILE} bytes")
            return None
        try:
            return read(self.root / place)
        except UnreadableError as error:
            self.faults.append(relative(error, place))
            return None

    def _label(self, name: str) -> decode.Decoded | None:
        """Decode a label per pixel."""
        turn = decode.PICTURES[name]
        return self._read(name, lambda file: turn(self._square(name, file), self.size))

    def _square(self, name: str, file: Path) -> np.ndarray:
        encodings = None if name in DEPTHS else DOMAINS[name].encodings  # depth checks itself
        return decode.square_of(file, self.shape, encodings)

    def _class(self, name: str) -> int:
        """Read an image's class; -1 where there is none."""
        number = self._read(name, lambda file: decode.class_of(name, file))
        return -1 if number is None else number

    def _mask(self, labels: Mapping[str, decode.Decoded | None]) -> np.ndarray:
        """Return where the surface is known, from ``mask_valid`` or from depth: bool (1, S, S)."""
        mask = None
        if "mask_valid" in self.used:
            mask = self._read("mask_valid", lambda f: decode.mask(self._square("mask_valid", f), self.size))
        for name in DEPTHS:
            depth = labels.get(name)
            if mask is None and depth is not None:
                mask = depth[1]
        return np.ones((1, self.size, self.size), bool) if mask is None else mask

    def _channels(self, name: str, decoded: decode.Decoded | None, mask: np.ndarray) -> Channels:
        """Return a channel with its validity; nothing is valid where there is no label."""
        channel = DOMAINS[name].channels[0]
        kind = np.int32 if channel in LABELS else np.float32
        if decoded is None:
            planes = () if channel in LABELS else (PLANES.get(channel, 1),)
            value = np.zeros((*planes, self.size, self.size))
            valid = np.zeros((1, self.size, self.size), bool)
        else:
            value, valid = decoded
        if DOMAINS[name].masked:
            valid = valid & mask
        return {channel: value.astype(kind), f"{channel}_valid": valid}

    def _camera(self) -> Channels:
        """Return intrinsics; pose and room too where ``point_info`` is in use, NaN where it is missing."""
        if "point_info" not in self.used:
            return {"intrinsics": self._intrinsics(self._fitted())}
        own = self._read("point_info", camera.read_camera)
        if own is None:
            shapes = {"pose": (4, 4), "room": (2, 3), "manhattan": (3, 3)}
            missing = {name: np.full(shape, np.nan, np.float32) for name, shape in shapes.items()}
            return {"intrinsics": self._intrinsics(self._fitted()), **missing}
        channels = {"pose": own.pose, "room": own.room, "manhattan": np.eye(3)}
        as_stored = {name: value.astype(np.float32) for name, value in channels.items()}
        return {"intrinsics": self._intrinsics(own.field_of_view), **as_stored}

    def _intrinsics(self, angle: float) -> np.ndarray:
        return camera.intrinsics_of(angle, self.shape, self.size).astype(np.float32)

    def _fitted(self) -> float:
        """Fit the field of view to the two depth maps, or assume it: radians, of the longer side."""
        assumed = float(np.radians(self.field_of_view))
        if not all(self._has(name) for name in DEPTHS):
            return assumed
        try:
            z, d = (read_stored(self.root / self.unit.shelves[name].file(*self.key)) for name in DEPTHS)
        except UnreadableError:
            return assumed  # named as a fault where the label was read
        if not z.shape == d.shape == self.shape or min(z.dtype.itemsize, d.dtype.itemsize) < 2:
            return assumed
        valid = (z > 0) & (z != decode.INVALID_DEPTH) & (d > 0) & (d != decode.INVALID_DEPTH)
        fitted = camera.fit_field_of_view(z / decode.DEPTH_UNITS, d / decode.DEPTH_UNITS, valid)
        return assumed if fitted is None else fitted
