"""The reader of Taskonomy's public data.

Axis legend: N views of a unit, S side of the view.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from taskaffinity.data.reader import Batch
from taskaffinity.data.taskonomy import camera, classes
from taskaffinity.data.taskonomy.coverage import coverage, left_aside, missing, orphans, used_domains
from taskaffinity.data.taskonomy.domains import BIT, DOMAINS
from taskaffinity.data.taskonomy.index import Index, index_of
from taskaffinity.data.taskonomy.picture import StoredPicture, Unit
from taskaffinity.data.taskonomy.splits import read_splits
from taskaffinity.data.views import ViewId, Views
from taskaffinity.errors import DataError

READER_VERSION = 2
CHUNK = 32  # views in a unit


@dataclass(frozen=True)
class TaskonomyReader:
    """The pictures below `path` with the labels there are; a building is a scene.

    An image whose label is missing, tiny or corrupt keeps its other labels: it is masked for that one (per
    pixel by ``<channel>_valid``, classes by -1, cameras by NaN), and the file is named in the batch's faults.

    Attributes
    ----------
    path
        The root, in any of the four layouts.
    size
        Side of the views, pixels; the central square where a picture is not square.
    split_file
        A CSV ``id,train,val,test``: buildings that it does not name are left out.
    least_coverage
        A label with files for a smaller share of the images than this is derived, where it can be for more.
    field_of_view
        Degrees; used where neither ``point_info`` nor the two depth maps of an image tell it.
    cache
        Where digests of files are remembered; the user's cache when left out.
    """

    path: Path
    size: int = 64
    split_file: Path | None = None
    least_coverage: float = 0.5
    field_of_view: float = camera.MEAN_FIELD_OF_VIEW
    cache: Path | None = None

    name = "taskonomy"

    def __getstate__(self) -> dict[str, Any]:
        """Leave the index behind: units carry what reading needs."""
        return {f.name: getattr(self, f.name) for f in fields(self)} | {"used": self.used}

    @cached_property
    def index(self) -> Index:
        """What is below the root."""
        index = index_of(self.path, self.cache)
        if not index.with_file("rgb").any():
            raise DataError(
                f"{self.path} has no pictures; looked for point_P_view_V_domain_rgb.png in "
                "rgb/taskonomy/BUILDING, rgb/BUILDING, rgb and BUILDING/rgb"
            )
        return index

    @cached_property
    def used(self) -> list[str]:
        """The domains whose files are read."""
        return used_domains(coverage(self.index), self.least_coverage)

    @cached_property
    def splits(self) -> Mapping[str, str]:
        """Which of ``train``, ``val`` and ``test`` each building belongs to; empty without a split file."""
        if self.split_file is None:
            return {}
        given = read_splits(self.split_file)
        named = {name: given[name.lower()] for name in self.index.buildings if name.lower() in given}
        if not named:
            raise DataError(f"data.splits: {self.split_file} names none of the buildings in {self.path}")
        return named

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        """The names of the classes of each domain of classes that is there."""
        names = {
            "segment_semantic": ("semantic", lambda: classes.SEMANTIC),
            "class_object": ("object_class", classes.object_names),
            "class_scene": ("scene_class", lambda: list(classes.PLACES.values())),
        }
        return {channel: make() for domain, (channel, make) in names.items() if domain in self.used}

    @property
    def provides(self) -> frozenset[str]:
        """The channels of the domains in use, and the camera's intrinsics."""
        channels = {channel for name in self.used for channel in DOMAINS[name].channels}
        return frozenset(channels | {"rgb", "intrinsics"})

    @property
    def notes(self) -> list[str]:
        """One line for each domain that some pictures lack, and for what is left out as a whole."""
        index, used = self.index, self.used
        lines = [*missing(index, used), *left_aside(index, used), *orphans(index)]
        out = [name for name in self.index.buildings if self.splits and name not in self.splits]
        return [*lines, *([f"{len(out)} buildings are not in {self.split_file}"] if out else [])]

    def identity(self) -> dict[str, Any]:
        """Return a hash of the files and the settings."""
        return {
            "kind": "taskonomy", "reader": READER_VERSION, "size": self.size, "splits": dict(self.splits),
            "least_coverage": self.least_coverage, "field_of_view": self.field_of_view,
            "files": self.index.digest,
        }  # fmt: skip

    def units(self) -> Sequence[Unit]:
        """List the pictures, some of one building at a time."""
        index, units = self.index, []
        pictures = (index.has & np.uint32(BIT["rgb"])) > 0
        table = np.stack([index.point, index.view, index.has, index.small], axis=1, dtype=np.int64)
        for position, building in enumerate(index.buildings):
            if self.splits and building not in self.splits:
                continue
            rows = table[pictures & (index.building == position)].tolist()
            shelves = {name: s for (b, name), s in index.shelves.items() if b == building}
            for start in range(0, len(rows), CHUNK):
                units.append(Unit(building, [tuple(r) for r in rows[start : start + CHUNK]], shelves))
        return units

    def read(self, unit: Unit) -> Batch:
        """Read some pictures with their labels."""
        ids, made, faults = [], [], []
        for number in range(len(unit.views)):
            picture = StoredPicture(unit, number, self.path, self.size, self.used, self.field_of_view)
            channels = picture.read()
            faults.extend(picture.faults)
            if channels is not None:
                ids.append(ViewId(unit.building, *picture.key))
                made.append(channels)
        if not made:
            return Batch(Views([], {}), faults)
        return Batch(Views(ids, {name: np.stack([m[name] for m in made]) for name in made[0]}), faults)
