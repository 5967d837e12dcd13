"""A floor plan: where items stand, and where there is space for another one.

The room is the box from the origin to (X, Y, Z) metres, z up. Wall 0 is at x = X, 1 at y = Y, 2 at x = 0,
3 at y = 0.
"""

from dataclasses import dataclass, field
from math import cos, sin
from typing import NamedTuple

import numpy as np

from taskaffinity.data.rooms.items import Item, Rng

GAP = 0.03
TRIES = 24


class Placed(NamedTuple):
    """An item in the room: its origin and its turn about z, radians."""

    item: Item
    x: float
    y: float
    z: float
    yaw: float


class Block(NamedTuple):
    """Space that is taken: an upright prism over a turned rectangle."""

    x: float
    y: float
    half_width: float
    half_depth: float
    yaw: float
    low: float
    high: float

    def reach(self, yaw: float) -> tuple[float, float]:
        """Return how far the rectangle extends from its middle along two axes turned by `yaw`."""
        c, s = abs(cos(self.yaw - yaw)), abs(sin(self.yaw - yaw))
        return c * self.half_width + s * self.half_depth, s * self.half_width + c * self.half_depth

    def meets(self, other: "Block") -> bool:
        """Whether two prisms overlap: no axis of either rectangle separates them."""
        if self.low >= other.high or other.low >= self.high:
            return False
        far = self.half_width + self.half_depth + other.half_width + other.half_depth
        if abs(self.x - other.x) > far or abs(self.y - other.y) > far:
            return False
        return not (self._parted(other, self.yaw) or self._parted(other, other.yaw))

    def _parted(self, other: "Block", yaw: float) -> bool:
        """Whether one of two axes turned by `yaw` separates the rectangles."""
        c, s = cos(yaw), sin(yaw)
        x, y = other.x - self.x, other.y - self.y
        (across, along), (its_across, its_along) = self.reach(yaw), other.reach(yaw)
        return abs(c * x + s * y) >= across + its_across or abs(c * y - s * x) >= along + its_along


@dataclass
class FloorPlan:
    """A room being furnished.

    Attributes
    ----------
    size
        X, Y, Z, metres.
    rng
        The scene's generator.
    placed
        What is in the room.
    blocks
        What space is taken, by furniture and by what must stay free.
    """

    size: tuple[float, float, float]
    rng: Rng
    placed: list[Placed] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)

    def length(self, wall: int) -> float:
        """Return how long a wall is."""
        return self.size[1 - wall % 2]

    def on_wall(self, wall: int, along: float, out: float) -> tuple[float, float, float]:
        """Return the place `along` a wall and `out` from it, with the yaw that turns a back to the wall."""
        x, y, _ = self.size
        yaw = (wall - 1) * np.pi / 2
        at = [(x - out, along), (along, y - out), (out, along), (along, out)][wall]
        return (*at, yaw)

    def put(self, item: Item, x: float, y: float, yaw: float, low: float) -> bool:
        """Place an item that begins at a height `low`, if there is room."""
        width, depth, high = item.size
        block = Block(x, y, width / 2 + GAP, depth / 2, yaw, low, high)
        across, along = block.reach(0.0)
        margin_x, margin_y = min(x, self.size[0] - x) - across, min(y, self.size[1] - y) - along
        if margin_x < -1e-6 or margin_y < -1e-6 or high > self.size[2]:
            return False
        if any(block.meets(other) for other in self.blocks):
            return False
        self.blocks.append(block)
        self.placed.append(Placed(item, x, y, 0.0, yaw))
        return True

    def against_wall(self, item: Item, corner: bool = False) -> bool:
        """Place an item with its back to a wall, or in a corner, wherever there is room."""
        low = lowest(item)
        for _ in range(TRIES):
            wall = int(self.rng.integers(4))
            half = item.size[0] / 2 + GAP
            span = self.length(wall) - 2 * half
            if span < 0:
                continue
            share = self.rng.random()
            along = half + span * (round(share) if corner else share)
            out = item.size[1] / 2 + (GAP if low < 0.02 else 0.0)
            if self.put(item, *self.on_wall(wall, along, out), low):
                return True
        return False

    def free_standing(self, item: Item, middle: bool = False) -> bool:
        """Place an item away from the walls, turned freely or, in the middle, nearly straight."""
        low = lowest(item)
        for trial in range(TRIES):
            reach = 0.12 if middle and trial < TRIES / 2 else 0.35
            x, y = (self.size[k] * (0.5 + self.rng.uniform(-reach, reach)) for k in range(2))
            yaw = float(self.rng.integers(4) * np.pi / 2 + self.rng.normal(0, 0.06))
            if not middle:
                yaw = float(self.rng.uniform(0, 2 * np.pi))
            if self.put(item, x, y, yaw, low):
                return True
        return False


def lowest(item: Item) -> float:
    """Return how high an item begins above the floor."""
    if not item.parts or item.held:
        return 0.0
    return min(float(soup.corners[..., 2].min()) for soup, _ in item.parts)
