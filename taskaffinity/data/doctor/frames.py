"""Examining RGB-D sequences and image folders: every file is read."""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from taskaffinity.data.doctor.carried import carried_tasks
from taskaffinity.data.doctor.findings import Findings, Part, short_of_scenes
from taskaffinity.data.reader import Reader
from taskaffinity.data.rgbd import RgbdReader
from taskaffinity.data.views import ViewId

Advance = Callable[[int], None]


def examine_frames(reader: Reader, layout: str, progress: Callable[[str, int], Advance]) -> Findings:
    """Read every file of an RGB-D sequence or of an image folder."""
    units = reader.units()
    advance = progress(f"reading {layout}", len(units))
    ids: list[ViewId] = []
    faults: list[str] = []
    usable = 0
    for unit in units:
        batch = reader.read(unit)
        ids.extend(batch.views.ids)
        faults.extend(batch.faults)
        usable += len(batch.views) > 0
        advance(1)
    labelled = {channel: np.ones(len(ids), bool) for channel in reader.provides}
    tasks = carried_tasks(labelled, len(ids), reader.classes)
    what = "frames read" if layout == "rgbd" else "images"
    parts = {what: Part(files=len(units), faulty=len(units) - usable, encodings=_classes(reader, ids))}
    if isinstance(reader, RgbdReader):
        parts = _inventory(reader) | parts
    scenes = dict(Counter(view.scene for view in ids)) if layout == "rgbd" else {}
    notes = [*getattr(reader, "notes", []), *short_of_scenes(len({view.scene for view in ids}))]
    if len(ids) != usable:
        notes.append(f"{usable} frames give {len(ids)} views: several square windows of each")
    return Findings(layout, len(ids), scenes, parts, faults, notes, tasks)


def _inventory(reader: RgbdReader) -> dict[str, Part]:
    """Count the files of each kind, and the colour pictures that have none."""
    found = {kind: set(numbers) for kind, numbers in reader.inventory.items()}
    return {kind: Part(files=len(n), missing=len(found["colour"] - n)) for kind, n in found.items()}


def _classes(reader: Reader, ids: Iterable[ViewId]) -> dict[str, int]:
    """Count the images of each class of an image folder."""
    if not reader.classes:
        return {}
    return dict(Counter(Path(view.scene).parts[0] for view in ids))
