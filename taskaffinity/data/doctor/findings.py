"""What the doctor found, and how it says it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from taskaffinity.data.faults import printable
from taskaffinity.data.geometry import Geometry
from taskaffinity.data.splits import SPLITS

SHOWN = 12  # faults and buildings listed for people; all of them are in the JSON


@dataclass
class Part:
    """One kind of file of a data set.

    Attributes
    ----------
    files
        How many there are.
    missing
        How many images have none.
    faulty
        How many cannot be used: cut short, too small, of an unexpected encoding.
    used
        Whether a run reads them; labels with few files are derived instead.
    encodings
        How many files are stored in which way.
    scenes
        How many files each scene has.
    """

    files: int = 0
    missing: int = 0
    faulty: int = 0
    used: bool = True
    encodings: dict[str, int] = field(default_factory=dict)
    scenes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DataFindings:
    """What a data set holds.

    Attributes
    ----------
    layout
        How it is laid out.
    images
        How many colour pictures can be used.
    scenes
        How many of them each scene has; splits keep scenes whole.
    parts
        What there is of each kind of file.
    faults
        One line for each file that cannot be used.
    notes
        One line for each thing that is worth knowing and no file's fault.
    tasks
        The images with a usable label, of each task that can run.
    geometry
        What cameras and depths come to; None where the layout has none.
    """

    layout: str
    images: int
    scenes: Mapping[str, int]
    parts: Mapping[str, Part]
    faults: Sequence[str]
    notes: Sequence[str]
    tasks: Mapping[str, int]
    geometry: Geometry | None = None

    def record(self) -> dict[str, Any]:
        """Return everything as plain values."""
        geometry = asdict(self.geometry) if self.geometry else {}
        measured = {name: value for name, value in geometry.items() if np.isfinite(value)}
        lists = {"faults": list(self.faults), "notes": list(self.notes)}
        return {**asdict(self), **lists, "geometry": measured}

    def lines(self) -> list[str]:
        """Say it for people."""
        scenes = f" in {len(self.scenes)} scenes" if self.scenes else ""
        lines = [
            f"{self.layout}: {self.images} images can be used{scenes}",
            *self._table(),
            *self._by_scene(),
        ]
        lines += _cut("left out or masked", self.faults)
        lines += self.geometry.lines() if self.geometry else []
        lines += [f"note: {note}" for note in self.notes]
        tasks = ", ".join(
            name if count == self.images else f"{name} ({count})" for name, count in self.tasks.items()
        )
        lines.append(f"{len(self.tasks)} tasks can run: {tasks}" if tasks else "no task can run")
        return [printable(line) for line in lines]

    def _table(self) -> list[str]:
        """One row for each kind of file."""
        if not self.parts:
            return []
        width = max(map(len, self.parts))
        head = f"{'':<{width}}  {'files':>8}  {'missing':>8}  {'faulty':>8}  stored as"
        rows = []
        for name, part in self.parts.items():
            stored = ", ".join(f"{kind} ({count})" for kind, count in sorted(part.encodings.items()))
            aside = "" if part.used else "  [few files: derived instead]"
            rows.append(
                f"{name:<{width}}  {part.files:>8}  {part.missing:>8}  {part.faulty:>8}  {stored}{aside}"
            )
        return [head, *(row.rstrip() for row in rows)]

    def _by_scene(self) -> list[str]:
        """Say of each scene what it lacks in part or wholly."""
        lines = []
        for scene, images in self.scenes.items():
            short = {name: p.scenes.get(scene, 0) for name, p in self.parts.items() if p.scenes and p.used}
            said = ", ".join(f"{name} {count}" for name, count in short.items() if count < images)
            if said:
                lines.append(f"{scene}, {images} images: {said}")
        return _cut("scenes that lack files", lines)


def _cut(title: str, lines: Sequence[str]) -> list[str]:
    """List lines below a title, the first `SHOWN` of them."""
    if not lines:
        return []
    more = [f"  ... and {len(lines) - SHOWN} more (--json lists all)"] if len(lines) > SHOWN else []
    return [f"{title}: {len(lines)}", *(f"  {line}" for line in lines[:SHOWN]), *more]


def short_of_scenes(scenes: int) -> Sequence[str]:
    """Say so where there are too few scenes for a run."""
    if scenes >= len(SPLITS):
        return []
    return [f"a run needs at least {len(SPLITS)} scenes, one for each split; there are {scenes}"]
