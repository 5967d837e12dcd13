"""The embedded default data set: procedural rooms, several views of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from taskaffinity.data.reader import Batch
from taskaffinity.data.rooms.cameras import place_cameras
from taskaffinity.data.rooms.classes import OBJECTS, ROOMS, SEMANTIC
from taskaffinity.data.rooms.film import develop
from taskaffinity.data.rooms.labels import label
from taskaffinity.data.rooms.lights import light
from taskaffinity.data.rooms.rays import has_embree
from taskaffinity.data.rooms.render import render
from taskaffinity.data.rooms.scene import build
from taskaffinity.data.rooms.volume import gather
from taskaffinity.data.views import ViewId, Views
from taskaffinity.errors import DataError

VERSION = 8  # of everything that changes a picture or a label


@dataclass(frozen=True)
class RoomsReader:
    """Rooms with their views, the same for the same seed; room k is of kind k modulo the number of kinds.

    Attributes
    ----------
    scenes
        How many rooms.
    views
        Views of each. About five eighths of them share the point they look at with one or two others.
    size
        Side of the images, pixels.
    seed
        Of all rooms; each room has its own generator, made from the seed and its number.
    """

    scenes: int
    views: int
    size: int
    seed: int

    name = "rooms"
    provides = frozenset({
        "rgb", "depth", "normal", "semantic", "instance", "object_class", "scene_class", "pose", "intrinsics",
        "manhattan", "room",
    })  # fmt: skip

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        """The names of semantic classes, of objects and of kinds of room."""
        return {"semantic": SEMANTIC, "object_class": OBJECTS, "scene_class": ROOMS}

    def identity(self) -> dict[str, Any]:
        """Return the settings and the version of the renderer.

        Pictures made without Embree differ in few pixels, by rounding; they are another data set.
        """
        settings = {
            "kind": "rooms", "reader": VERSION, "scenes": self.scenes, "views": self.views, "size": self.size,
            "seed": self.seed,
        }  # fmt: skip
        return settings if has_embree() else settings | {"rays": "numpy"}

    def units(self) -> Sequence[int]:
        """List the numbers of the rooms."""
        return range(self.scenes)

    def read(self, unit: int) -> Batch:
        """Build one room and take its pictures."""
        rng = np.random.default_rng([self.seed, unit])
        scene = build(ROOMS[unit % len(ROOMS)], rng)
        name = f"room-{unit:05d}"
        try:
            cameras = place_cameras(scene, self.views, rng)
        except DataError as error:
            return Batch(Views([], {}), [f"{name}: {error}"])
        lights = light(scene, rng)
        radiance = render(scene, lights, gather(scene, lights), cameras, self.size)
        channels = {"rgb": develop(radiance, rng), **label(scene, cameras, self.size)}
        point = cameras.point
        ids = [ViewId(name, int(p), int((point[:k] == p).sum())) for k, p in enumerate(point)]
        return Batch(Views(ids, channels))
