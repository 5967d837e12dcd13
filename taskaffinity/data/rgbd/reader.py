"""RGB-D frames with poses: 7-Scenes and TSDF-fusion style folders.

``frame-N.color.(jpg|png)``, ``frame-N.depth.png`` (uint16 millimetres; 0 and 65535 are invalid),
``frame-N.pose.txt`` (camera to world, 4×4) and one ``camera-intrinsics.txt`` (3×3, pixels).

A sequence shows one place, and neighbouring frames are nearly the same picture. It is therefore cut into
stretches of time with gaps between them; a stretch is what the splits take for a scene.
"""

import os
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from taskaffinity.data.contents import listing_identity
from taskaffinity.data.faults import UnreadableError, as_fault, read_small
from taskaffinity.data.geometry import (
    check_intrinsics,
    check_pose,
    doubts_about_intrinsics,
    field_of_view,
    geometry_of,
)
from taskaffinity.data.pixels import read_stored, read_upright_colour
from taskaffinity.data.reader import Batch
from taskaffinity.data.resize import shrink, shrink_depth, square_windows
from taskaffinity.data.rgbd.agreement import Posed, doubts_about_poses
from taskaffinity.data.views import ViewId, Views
from taskaffinity.errors import DataError

COLOUR = re.compile(r"frame-([0-9]{1,18})\.color\.(?:jpe?g|png)$")
READER_VERSION = 3
INVALID_MM = (0, 65535)
SAMPLED_HEADERS = 25
PAIRS = 12  # pairs of frames on which poses and depth are compared
APART = (8, 3)  # frames between the two of a pair
KINDS = {
    "colour": COLOUR,
    "depth": re.compile(r"frame-([0-9]{1,18})\.depth\.png$"),
    "pose": re.compile(r"frame-([0-9]{1,18})\.pose\.txt$"),
}


@dataclass(frozen=True)
class Frame:
    """One frame of a sequence: its number, the stretch it lies in, its colour file."""

    number: int
    stretch: int
    colour: str

    @property
    def stem(self) -> str:
        """What the names of its files begin with."""
        return self.colour.split(".")[0]


@dataclass(frozen=True)
class RgbdReader:
    """The frames below `path`, as square windows of `size` pixels.

    Attributes
    ----------
    path
        The folder of frames.
    size
        Side of the views, pixels.
    crops
        Windows taken from each frame, spread from end to end; each is a view with intrinsics of its own.
    stretch, gap
        Frames kept in a row, and frames left out before the next stretch.
    """

    path: Path
    size: int = 64
    crops: int = 3
    stretch: int = 10
    gap: int = 3

    name = "rgbd"
    provides = frozenset({"rgb", "depth", "pose", "intrinsics", "time"})

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        """None: frames carry no classes."""
        return {}

    @cached_property
    def _names(self) -> list[str]:
        if not self.path.is_dir():
            raise DataError(f"data.path: there is no folder {self.path}")
        try:
            return [entry.name for entry in os.scandir(self.path)]
        except OSError as error:
            raise DataError(f"data.path: {self.path} cannot be listed ({error.strerror})") from None

    @cached_property
    def _frames(self) -> list[Frame]:
        by_number = {int(m[1]): n for n in sorted(self._names, reverse=True) if (m := COLOUR.match(n))}
        numbered = sorted(by_number.items())  # one file of each number, where there are both .jpg and .png
        if not numbered:
            raise DataError(
                f"{self.path} has no frames; looked for frame-N.color.jpg or .png with "
                "frame-N.depth.png, frame-N.pose.txt and camera-intrinsics.txt"
            )
        period = self.stretch + self.gap
        return [
            Frame(number, position // period, colour)
            for position, (number, colour) in enumerate(numbered)
            if position % period < self.stretch
        ]

    @cached_property
    def _intrinsics(self) -> np.ndarray:
        file = self.path / "camera-intrinsics.txt"
        try:
            matrix = read_matrix(file, (3, 3))
            check_intrinsics(matrix, self._shape)
        except UnreadableError as error:
            reason = str(error).removeprefix(f"{file.name}: ")
            raise DataError(
                f"{file}: {reason}; it must hold the 3x3 pinhole matrix, in pixels, of the colour pictures"
            ) from None
        return matrix

    @cached_property
    def _shape(self) -> tuple[int, int]:
        """Height and width that most frames have; others are left out."""
        sizes: Counter[tuple[int, int]] = Counter()
        for frame in self._frames[:: max(1, len(self._frames) // SAMPLED_HEADERS)]:
            try:
                with Image.open(self.path / frame.colour) as image:
                    sizes[image.height, image.width] += 1
            except Exception:  # decoders raise errors of any kind on broken files
                continue
        if not sizes:
            raise DataError(f"{self.path}: none of the colour files can be decoded")
        return sizes.most_common(1)[0][0]

    def identity(self) -> dict[str, Any]:
        """Return a hash of the files and the settings."""
        mine = ("frame-", "camera-intrinsics")
        names = [name for name in self._names if name.startswith(mine)]
        return {
            "kind": "rgbd", "reader": READER_VERSION, "size": self.size, "crops": self.crops,
            "stretch": self.stretch, "gap": self.gap, "files": listing_identity(self.path, names),
        }  # fmt: skip

    @property
    def inventory(self) -> dict[str, list[int]]:
        """The numbers of the frames that have a file of each kind: colour, depth, pose."""
        return {
            kind: sorted({int(m[1]) for name in self._names if (m := pattern.match(name))})
            for kind, pattern in KINDS.items()
        }

    @property
    def notes(self) -> list[str]:
        """What is doubtful about the sequence as a whole."""
        doubts = doubts_about_intrinsics(self._intrinsics, self._shape)
        return [*self._alone(), *doubts, *self._geometry_doubts()]

    def _alone(self) -> list[str]:
        """Say how many depth files have no colour file."""
        kinds = {kind: set(numbers) for kind, numbers in self.inventory.items()}
        alone = len(kinds["depth"] - kinds["colour"])
        return [f"{alone} depth files have no colour file"] if alone else []

    def _geometry_doubts(self) -> list[str]:
        """Compare poses and depth on some pairs of frames, far apart first."""
        posed = {row: self._posed(self._frames[row]) for row in self._sample()}
        read = {row: frame for row, frame in posed.items() if frame is not None}
        depths = [float(np.median(p.depth[p.depth > 0])) for p in read.values() if (p.depth > 0).any()]
        places = np.array([p.pose[:3, 3] for p in read.values()]).reshape(-1, 3)
        doubts = geometry_of(depths, places, [self.field_of_view]).doubts()
        for apart in APART:
            pairs = [(read[row], read[row + apart]) for row in read if row + apart in read]
            lines = doubts_about_poses(pairs, self._intrinsics)
            if lines:
                return [*lines, *doubts]
        return doubts

    def _sample(self) -> list[int]:
        """Return positions of frames to be compared: some spread over the sequence, and those after them."""
        starts = np.linspace(0, max(0, len(self._frames) - 1 - max(APART)), PAIRS).astype(int)
        rows = {int(row) + apart for row in starts for apart in (0, *APART)}
        return sorted(row for row in rows if row < len(self._frames))

    def _posed(self, frame: Frame) -> Posed | None:
        """Read depth and pose of a frame; None where it is left out."""
        try:
            _, depth, pose = self._read_files(frame)
        except UnreadableError:
            return None
        return Posed(np.where(np.isin(depth, INVALID_MM), 0, depth) / 1000, pose)

    @property
    def field_of_view(self) -> float:
        """Degrees along the longer side of a frame."""
        height, width = self._shape
        along = self._intrinsics[0, 0] if width >= height else self._intrinsics[1, 1]
        return field_of_view(float(along), max(height, width))

    def units(self) -> Sequence[Frame]:
        """List the frames of all stretches, in time."""
        _ = self._frames, self._shape, self._intrinsics  # faults of the whole folder are said first
        return self._frames

    def read(self, unit: Frame) -> Batch:
        """Read one frame and cut its windows."""
        try:
            colour, depth, pose = self._read_files(unit)
        except UnreadableError as error:
            return Batch(Views([], {}), [str(error)])
        height, width = colour.shape[:2]
        windows = square_windows(height, width, self.crops)
        views = [self._window(colour, depth, *window) for window in windows]
        channels = {name: np.stack([view[name] for view in views]) for name in views[0]}
        channels["pose"] = np.repeat(pose[None].astype(np.float32), len(views), axis=0)
        channels["time"] = np.full(len(views), unit.number, np.int64)
        ids = [ViewId(f"stretch-{unit.stretch:04d}", unit.number, crop) for crop in range(len(views))]
        return Batch(Views(ids, channels))

    def _read_files(self, frame: Frame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        colour = read_upright_colour(self.path / frame.colour)
        depth = read_stored(self.path / f"{frame.stem}.depth.png")
        pose = read_matrix(self.path / f"{frame.stem}.pose.txt", (4, 4))
        for name, image in ((frame.colour, colour), (f"{frame.stem}.depth.png", depth)):
            if image.shape[:2] != self._shape:
                raise UnreadableError(
                    f"{name}: is {image.shape[:2]}, the sequence is {self._shape} (height, width)"
                )
        if depth.ndim != 2 or depth.dtype.kind not in "iu" or depth.dtype.itemsize < 2:
            raise UnreadableError(f"{frame.stem}.depth.png: is not one channel of 16 bits")
        try:
            check_pose(pose)
        except UnreadableError as error:
            raise UnreadableError(f"{frame.stem}.pose.txt: {error}") from None
        return colour, depth, pose

    def _window(
        self, colour: np.ndarray, depth: np.ndarray, top: int, left: int, side: int
    ) -> dict[str, np.ndarray]:
        place = np.s_[top : top + side, left : left + side]
        measured = ~np.isin(depth[place], INVALID_MM)
        metres, valid = shrink_depth(depth[place] / 1000, measured, self.size)
        scale = self.size / side
        intrinsics = self._intrinsics.copy()
        # Pixel centres lie at whole numbers: shift to the window, scale about the corner of the first pixel.
        intrinsics[:2, 2] = (intrinsics[:2, 2] - (left, top) + 0.5) * scale - 0.5
        intrinsics[0, :2] *= scale
        intrinsics[1, 1] *= scale
        return {
            "rgb": shrink(colour[place], self.size).transpose(2, 0, 1),
            "depth": metres[None],
            "depth_valid": valid[None],
            "intrinsics": intrinsics.astype(np.float32),
        }


def read_matrix(file: Path, shape: tuple[int, int]) -> np.ndarray:
    """Read a matrix of finite numbers from a text file.

    Raises
    ------
    UnreadableError
        It is missing, or holds something else.
    """
    content = read_small(file)
    with as_fault(file, "holds something that is not a number"):
        numbers = np.array(content.decode("utf-8-sig").split(), float)
    if numbers.size != shape[0] * shape[1] or not np.isfinite(numbers).all():
        raise UnreadableError(f"{file.name}: is not a {shape[0]}x{shape[1]} matrix of finite numbers")
    return numbers.reshape(shape)
