"""A furnished room as arrays: the triangles with their attributes, and the lamps.

Axis legend: T triangles, I instances, L lamps.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from taskaffinity.data.rooms.classes import BACKGROUND, OBJECTS, ROOMS, semantic_of
from taskaffinity.data.rooms.items import Item, Kit
from taskaffinity.data.rooms.materials import Materials, Palette
from taskaffinity.data.rooms.plan import Placed
from taskaffinity.data.rooms.rays import Caster, make_caster
from taskaffinity.data.rooms.rooms import furnish
from taskaffinity.data.rooms.shapes import box
from taskaffinity.data.rooms.shell import Opening
from taskaffinity.data.rooms.unwrap import density, unwrap
from taskaffinity.data.rooms.vectors import cross, dot, rows

MARGIN = 4.0  # metres between the room and the box around everything


@dataclass(frozen=True)
class Scene:
    """A room.

    Attributes
    ----------
    kind
        Its number in `ROOMS`.
    size
        The inner box from the origin to (X, Y, Z), metres, z up.
    materials
        What things are made of.
    openings
        Doors and windows.
    corners, normals
        float32 (T, 3, 3), metres; the unit normal at each corner.
    uv
        float32 (T, 3, 2), texture coordinates in tiles.
    density
        float32 (T,), tiles per metre.
    flat
        float32 (T, 3), the unit normal of the triangle itself.
    material, instance
        int32 (T,).
    semantic, object_class
        int64 (I,), of each instance; the object class of the building itself is -1.
    lamps
        float64 (L, 5): place, strength, radius.
    caster
        The triangles, ready for following rays.
    """

    kind: int
    size: np.ndarray
    materials: Materials
    openings: list[Opening]
    corners: np.ndarray
    normals: np.ndarray
    uv: np.ndarray
    density: np.ndarray
    flat: np.ndarray
    material: np.ndarray
    instance: np.ndarray
    semantic: np.ndarray
    object_class: np.ndarray
    lamps: np.ndarray
    caster: Caster


def build(kind: str, rng: np.random.Generator) -> Scene:
    """Build a room of a kind."""
    palette = Palette(rng, kind)
    plan, openings = furnish(kind, Kit(rng, palette))
    things = [thing for placed in plan.placed for thing in _unfold(placed)]
    things.append(_surroundings(plan.size, palette))
    parts = [(soup, m, i) for i, thing in enumerate(things) for soup, m in thing.item.parts]
    counts = np.array([len(soup.corners) for soup, _, _ in parts])
    local, normals = (
        np.asfortranarray(np.concatenate([getattr(soup, name) for soup, _, _ in parts], dtype=np.float32))
        for name in ("corners", "normals")
    )
    instance = np.repeat(np.array([i for _, _, i in parts], np.int32), counts)
    material = np.repeat(np.array([m for _, m, _ in parts], np.int32), counts)
    yaw = np.array([t.yaw for t in things]).take(instance)
    corners = _turn(local, yaw)
    corners += rows(np.array([[t.x, t.y, t.z] for t in things], np.float32), instance)[:, None]
    upright = np.array([t.item.kind in ("", "door", "window") for t in things]).take(instance)
    shift = rows(rng.random((len(things), 2), np.float32), instance)
    uv = unwrap(local, counts, np.array(palette.tile, np.float32).take(material), upright, shift)
    flat = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.maximum(np.sqrt(dot(flat, flat)), np.float32(1e-12))
    kinds = [t.item.kind for t in things]
    return Scene(
        ROOMS.index(kind), np.array(plan.size), palette.freeze(), openings, corners, _turn(normals, yaw), uv,
        density(uv, area), flat / area[:, None], material, instance,
        np.array([semantic_of(k) if k else BACKGROUND for k in kinds]),
        np.array([OBJECTS.index(k) if k else -1 for k in kinds]), _lamps(things), make_caster(corners),
    )  # fmt: skip


def _turn(vectors: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """Turn the vectors of each triangle (T, 3, 3) about the vertical, by angles (T,)."""
    c, s = (f(yaw).astype(np.float32) for f in (np.cos, np.sin))
    x, y, z = vectors.T
    return np.stack([c * x - s * y, s * x + c * y, z]).T


def _unfold(placed: Placed) -> Iterator[Placed]:
    """List an item and all it holds, each with its place in the room."""
    yield placed
    c, s = np.cos(placed.yaw), np.sin(placed.yaw)
    for held in placed.item.held:
        x, y = placed.x + c * held.x - s * held.y, placed.y + s * held.x + c * held.y
        yield from _unfold(Placed(held.item, x, y, placed.z + held.z, placed.yaw + held.yaw))


def _surroundings(size: tuple[float, float, float], palette: Palette) -> Placed:
    """Make a closed box around the room, at a distance, so that every ray hits something."""
    x, y, z = size
    outer = (x + 2 * MARGIN, y + 2 * MARGIN, z + 2 * MARGIN)
    return Placed(Item("", outer).add(palette.draw("wall"), box(outer)), x / 2, y / 2, -MARGIN, 0.0)


def _lamps(things: list[Placed]) -> np.ndarray:
    lamps = []
    for thing in things:
        c, s = np.cos(thing.yaw), np.sin(thing.yaw)
        for lamp in thing.item.lamps:
            at = thing.x + c * lamp.x - s * lamp.y, thing.y + s * lamp.x + c * lamp.y, thing.z + lamp.z
            lamps.append([*at, lamp.strength, lamp.radius])
    return np.array(lamps).reshape(-1, 5)
