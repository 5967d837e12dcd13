"""What a room is furnished with: items of parts, places on them for things, and the things there.

An item's frame has its origin on the floor in the middle of its footprint, z up, its back towards +y and its
front towards -y. Metres.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from taskaffinity.data.rooms.materials import Palette
from taskaffinity.data.rooms.shapes import Soup

Rng = np.random.Generator


class Top(NamedTuple):
    """A level rectangle for things to stand on: centre x, y, height z, width, depth, free height above."""

    x: float
    y: float
    z: float
    width: float
    depth: float
    clear: float


class Held(NamedTuple):
    """An item within another's frame: where its origin is and how it is turned about z, radians."""

    item: "Item"
    x: float
    y: float
    z: float
    yaw: float


class Glow(NamedTuple):
    """A lamp within an item's frame: its place, strength in candela-like units, and how wide it is."""

    x: float
    y: float
    z: float
    strength: float
    radius: float


@dataclass
class Item:
    """A thing.

    Attributes
    ----------
    kind
        Its name, one of `taskaffinity.data.rooms.classes.OBJECTS`, or ``""`` for parts of the building.
    size
        Width (x), depth (y), height (z).
    parts
        Triangles in the item's frame and the number of their material.
    tops
        Where things can stand.
    held
        What it carries or has around it.
    lamps
        Lights it gives.
    """

    kind: str
    size: tuple[float, float, float]
    parts: list[tuple[Soup, int]] = field(default_factory=list)
    tops: list[Top] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    lamps: list[Glow] = field(default_factory=list)

    def add(self, material: int, *soups: Soup) -> "Item":
        """Add parts of one material."""
        self.parts += [(soup, material) for soup in soups]
        return self

    def hold(self, item: "Item", x: float = 0, y: float = 0, z: float = 0, yaw: float = 0) -> "Item":
        """Put another item at a place in this one's frame."""
        self.held.append(Held(item, x, y, z, yaw))
        return self


@dataclass(frozen=True)
class Kit:
    """What a maker of items works with: the scene's generator and its materials."""

    rng: Rng
    palette: Palette

    def draw(self, finish: str, glow: float = 0.0) -> int:
        """Draw a material."""
        return self.palette.draw(finish, glow)

    def size(self, *ranges: tuple[float, float]) -> list[float]:
        """Draw one number of each range."""
        return [low + (high - low) * self.rng.random() for low, high in ranges]

    def chance(self, probability: float) -> bool:
        """Toss a coin."""
        return bool(self.rng.random() < probability)
