"""Examining RGB-D sequences and image folders: every file is read."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from taskaffinity.data.doctor.carried import carried_tasks
from taskaffinity.data.doctor.findings import DataFindings, Part, short_of_scenes
from taskaffinity.data.geometry import Geometry, geometry_of
from taskaffinity.data.reader import Batch, Reader
from taskaffinity.data.rgbd import RgbdReader
from taskaffinity.data.views import ViewId, Views

Advance = Callable[[int], None]


@dataclass
class _Survey:
    """What was read so far.

    Attributes
    ----------
    ids, faults
        Of all batches.
    usable
        How many units gave a view.
    classes
        The number of the class of each view, by channel of classes.
    depths, places
        The median depth of each unit, metres, and where its camera stood, (3,).
    """

    ids: list[ViewId] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    usable: int = 0
    classes: dict[str, list[int]] = field(default_factory=dict)
    depths: list[float] = field(default_factory=list)
    places: list[np.ndarray] = field(default_factory=list)

    def add(self, batch: Batch, reader: Reader) -> None:
        """Take in what a unit gave."""
        self.ids.extend(batch.views.ids)
        self.faults.extend(batch.faults)
        if not len(batch.views):
            return
        self.usable += 1
        for channel in reader.classes:
            self.classes.setdefault(channel, []).extend(batch.views[channel].tolist())
        if "depth" in reader.provides:
            self.depths.append(median_depth(batch.views))
            self.places.append(batch.views["pose"][0, :3, 3])

    def labelled(self, reader: Reader) -> dict[str, np.ndarray]:
        """Tell which views have each channel: bool (views,)."""
        everywhere = {channel: np.ones(len(self.ids), bool) for channel in reader.provides}
        return everywhere | {channel: np.array(numbers) >= 0 for channel, numbers in self.classes.items()}

    def class_counts(self, reader: Reader) -> dict[str, int]:
        """Count the images of each class."""
        return {
            names[number]: count
            for channel, names in reader.classes.items()
            for number, count in sorted(Counter(self.classes.get(channel, [])).items())
            if number >= 0
        }


def median_depth(views: Views) -> float:
    """Return the median depth of some views, metres; NaN where they have none."""
    depth = views["depth"][views["depth_valid"]]
    return float(np.median(depth)) if depth.size else float("nan")


def examine_frames(reader: Reader, layout: str, progress: Callable[[str, int], Advance]) -> DataFindings:
    """Read every file of an RGB-D sequence or of an image folder."""
    units = reader.units()
    advance = progress(f"reading {layout}", len(units))
    survey = _Survey()
    for unit in units:
        survey.add(reader.read(unit), reader)
        advance(1)
    views = len(survey.ids)
    what = "frames read" if layout == "rgbd" else "images"
    faulty = len(units) - survey.usable
    parts = {what: Part(files=len(units), faulty=faulty, encodings=survey.class_counts(reader))}
    geometry = None
    if isinstance(reader, RgbdReader):
        parts = _inventory(reader) | parts
        geometry = _geometry(reader, survey)
    scenes = dict(Counter(view.scene for view in survey.ids)) if layout == "rgbd" else {}
    notes = [*getattr(reader, "notes", []), *short_of_scenes(len({view.scene for view in survey.ids}))]
    if views != survey.usable:
        notes.append(f"{survey.usable} frames give {views} views: several square windows of each")
    tasks = carried_tasks(survey.labelled(reader), views, reader.classes)
    return DataFindings(layout, views, scenes, parts, survey.faults, notes, tasks, geometry)


def _geometry(reader: RgbdReader, survey: _Survey) -> Geometry:
    places = np.array(survey.places, float).reshape(-1, 3)
    return geometry_of(survey.depths, places, [reader.field_of_view])


def _inventory(reader: RgbdReader) -> dict[str, Part]:
    """Count the files of each kind, and the colour pictures that have none."""
    numbers = {kind: set(present) for kind, present in reader.inventory.items()}
    return {kind: Part(files=len(n), missing=len(numbers["colour"] - n)) for kind, n in numbers.items()}
