"""Examining Taskonomy's layout: every file's first and last bytes, and a sample decoded whole.

Axis legend: N views that have a colour picture.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np

from taskaffinity.data.doctor.carried import carried_tasks
from taskaffinity.data.doctor.findings import DataFindings, Part, short_of_scenes
from taskaffinity.data.faults import UnreadableError, relative
from taskaffinity.data.geometry import Geometry, geometry_of
from taskaffinity.data.taskonomy import TaskonomyReader, decode
from taskaffinity.data.taskonomy.camera import Camera, read_camera
from taskaffinity.data.taskonomy.coverage import orphans
from taskaffinity.data.taskonomy.decode import class_of
from taskaffinity.data.taskonomy.domains import BIT, DOMAINS
from taskaffinity.data.taskonomy.headers import png_encoding
from taskaffinity.data.taskonomy.index import SMALLEST_FILE, Index

DECODED_SIZE = 64  # pixels
DECODED = 2000  # pictures decoded whole, spread over all; the others are judged by how they begin and end

Advance = Callable[[int], None]


def examine_domains(root: Path, progress: Callable[[str, int], Advance]) -> DataFindings:
    """Examine a tree of domains; see `taskaffinity.data.doctor.examine.examine`."""
    reader = TaskonomyReader(root)
    index, used = reader.index, reader.used
    pictures = np.flatnonzero((index.has & np.uint32(BIT["rgb"])) > 0)
    total = sum(int((index.has & np.uint32(BIT[name]) > 0).sum()) for name in index.domains())
    advance = progress("looking at files", total)
    inspection = _Inspection(root, index, max(1, total // DECODED), advance)
    parts, good = {}, {}
    for name in index.domains():
        parts[name], good[name] = inspection.part(name, name in used or name == "rgb")
    rows = pictures[good["rgb"][pictures]]
    labelled = {c: good[name][rows] for name in used for c in DOMAINS[name].channels}
    labelled |= {"rgb": np.ones(len(rows), bool), "intrinsics": np.ones(len(rows), bool)}
    per_building = Counter(index.buildings[b] for b in index.building[rows])
    geometry = inspection.geometry()
    notes = [
        *orphans(index), *geometry.doubts(), *short_of_scenes(len(per_building)), *_unused(index),
    ]  # fmt: skip
    tasks = carried_tasks(labelled, len(rows), reader.classes)
    return DataFindings(
        "taskonomy", len(rows), dict(per_building), parts, inspection.faults, notes, tasks, geometry
    )


def _unused(index: Index) -> list[str]:
    """Say which files belong to no domain that is known."""
    return [f"{count} files passed over, {place}" for place, count in sorted(index.unused.items())]


class _Inspection:
    """The files of one tree, looked at one by one."""

    def __init__(self, root: Path, index: Index, stride: int, advance: Advance) -> None:
        self.root, self.index, self.stride, self.advance = root, index, stride, advance
        self.faults: list[str] = []
        self.seen = 0
        self._depths: list[float] = []
        self._cameras: dict[str, list[Camera]] = defaultdict(list)

    def geometry(self) -> Geometry:
        """Sum up the cameras and the depths that were decoded; the path is that of the largest building."""
        fields = [np.degrees(c.field_of_view) for cameras in self._cameras.values() for c in cameras]
        places = [np.array([c.pose[:3, 3] for c in cameras]) for cameras in self._cameras.values()]
        widest = max(places, key=lambda p: np.ptp(p, axis=0).max(), default=np.zeros((0, 3)))
        return geometry_of(self._depths, widest, fields)

    def part(self, name: str, used: bool) -> tuple[Part, np.ndarray]:
        """Look at the files of a domain: what was found, and which views have a good one, bool (views,)."""
        index = self.index
        has = (index.has & np.uint32(BIT[name])) > 0
        missing = ((index.has & np.uint32(BIT["rgb"])) > 0) & ~has
        part = Part(files=int(has.sum()), missing=int(missing.sum()), used=used)
        good = np.zeros(len(index), bool)
        for row in np.flatnonzero(has):
            building = index.buildings[index.building[row]]
            place = index.shelves[building, name].file(int(index.point[row]), int(index.view[row]))
            try:
                kind = self._look(name, place, bool(index.small[row] & BIT[name]))
            except UnreadableError as error:
                self.faults.append(relative(error, place))
                part.faulty += 1
            else:
                part.encodings[kind] = part.encodings.get(kind, 0) + 1
                part.scenes[building] = part.scenes.get(building, 0) + 1
                good[row] = True
            self.advance(1)
        return part, good

    def _look(self, name: str, place: str, small: bool) -> str:
        """Look at one file and return how it is stored."""
        file, domain = self.root / place, DOMAINS[name]
        if small:
            raise UnreadableError(f"is under {SMALLEST_FILE} bytes")
        if domain.extension == "json":
            camera = read_camera(file)
            self._cameras[place.rpartition("/")[0]].append(camera)
            return "JSON"
        if domain.extension == "npy":
            class_of(name, file)
            return "numbers"
        encoding, (height, width) = png_encoding(file)
        if name != "rgb" and encoding not in domain.encodings:
            raise UnreadableError(f"is {encoding}, not {' or '.join(sorted(domain.encodings))}")
        if self.seen % self.stride == 0:
            self._decode(name, file)
        self.seen += 1
        return f"{encoding} {width}x{height}"

    def _decode(self, name: str, file: Path) -> None:
        """Decode a picture as the reader does."""
        if name == "rgb":
            decode.colour_of(file)
        elif name == "mask_valid":
            decode.mask(decode.square_of(file), DECODED_SIZE)
        else:
            value, valid = decode.PICTURES[name](decode.square_of(file), DECODED_SIZE)
            if name == "depth_zbuffer" and valid.any():
                self._depths.append(float(np.median(value[valid])))
