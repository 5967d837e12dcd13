"""A furnished room as arrays: the triangles with what is known of each, and the lamps.

Axis legend: T triangles, I instances, L lamps.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from embreex.mesh_construction import TriangleMesh
from embreex.rtcore_scene import EmbreeScene

from taskaffinity.data.rooms.classes import BACKGROUND, OBJECTS, ROOMS, semantic_of
from taskaffinity.data.rooms.items import Item, Kit, turned
from taskaffinity.data.rooms.materials import Materials, Palette
from taskaffinity.data.rooms.plan import Placed
from taskaffinity.data.rooms.rooms import furnish
from taskaffinity.data.rooms.shapes import box
from taskaffinity.data.rooms.shell import Opening

MARGIN = 4.0  # metres between the room and the box round everything


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
    embree
        The triangles, ready for casting.
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
    embree: EmbreeScene


def build(kind: str, rng: np.random.Generator) -> Scene:
    """Build a room of a kind."""
    palette = Palette(rng)
    plan, openings = furnish(kind, Kit(rng, palette))
    things = [thing for placed in plan.placed for thing in _unfold(placed)]
    things.append(_surroundings(plan.size, palette))
    parts = [(soup, m, i) for i, thing in enumerate(things) for soup, m in thing.item.parts]
    counts = np.array([len(soup.corners) for soup, _, _ in parts])
    local = np.concatenate([soup.corners for soup, _, _ in parts])
    normals = np.concatenate([soup.normals for soup, _, _ in parts])
    instance = np.repeat([i for _, _, i in parts], counts)
    material = np.repeat([m for _, m, _ in parts], counts)
    spin = np.stack([turned(t.yaw) for t in things])[instance]
    shift = np.array([[t.x, t.y, t.z] for t in things])[instance]
    corners = np.ascontiguousarray((np.einsum("tij,tkj->tki", spin, local) + shift[:, None]), np.float32)
    upright = np.array([t.item.kind in ("", "door", "window") for t in things])[instance]
    uv = _unwrap(
        local, counts, np.array(palette.tile)[material], upright, rng.random((len(things), 2))[instance]
    )
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.maximum(np.linalg.norm(flat, axis=1), 1e-12)
    embree = EmbreeScene(robust=True)
    TriangleMesh(embree, corners)
    return Scene(
        ROOMS.index(kind), np.array(plan.size), palette.freeze(), openings, corners,
        np.einsum("tij,tkj->tki", spin, normals).astype(np.float32), uv, _density(uv, area),
        (flat / area[:, None]).astype(np.float32),
        material.astype(np.int32), instance.astype(np.int32),
        np.array([semantic_of(t.item.kind) if t.item.kind else BACKGROUND for t in things]),
        np.array([OBJECTS.index(t.item.kind) if t.item.kind else -1 for t in things]),
        _lamps(things), embree,
    )  # fmt: skip


def _unfold(placed: Placed) -> Iterator[Placed]:
    """List an item and all it holds, each with its place in the room."""
    yield placed
    c, s = np.cos(placed.yaw), np.sin(placed.yaw)
    for held in placed.item.held:
        x, y = placed.x + c * held.x - s * held.y, placed.y + s * held.x + c * held.y
        yield from _unfold(Placed(held.item, x, y, placed.z + held.z, placed.yaw + held.yaw))


def _surroundings(size: tuple[float, float, float], palette: Palette) -> Placed:
    """Make a closed box far round the room, so that every ray ends somewhere."""
    x, y, z = size
    outer = (x + 2 * MARGIN, y + 2 * MARGIN, z + 2 * MARGIN)
    return Placed(Item("", outer).add(palette.draw("wall"), box(outer)), x / 2, y / 2, -MARGIN, 0.0)


def _density(uv: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Tiles per metre of each triangle: the root of its area in texture over its area in space."""
    a, b = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    return np.sqrt(np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / area).astype(np.float32)


def _lamps(things: list[Placed]) -> np.ndarray:
    found = []
    for thing in things:
        c, s = np.cos(thing.yaw), np.sin(thing.yaw)
        for lamp in thing.item.lamps:
            at = thing.x + c * lamp.x - s * lamp.y, thing.y + s * lamp.x + c * lamp.y, thing.z + lamp.z
            found.append([*at, lamp.strength, lamp.radius])
    return np.array(found).reshape(-1, 5)


def _unwrap(
    local: np.ndarray, counts: np.ndarray, tile: np.ndarray, upright: np.ndarray, shift: np.ndarray
) -> np.ndarray:
    """Project each triangle along the main axis of its normal; the grain runs along the longer side.

    On the building and on fitted parts u runs level and v upwards; a fitted pattern covers its part once.
    """
    start = np.concatenate([[0], np.cumsum(counts)[:-1]])
    low = np.repeat(np.minimum.reduceat(local.min(axis=1), start), counts, axis=0)
    extent = np.repeat(np.maximum.reduceat(local.max(axis=1), start), counts, axis=0) - low
    face = np.abs(np.cross(local[:, 1] - local[:, 0], local[:, 2] - local[:, 0]))
    axis = face.argmax(axis=1)
    u, v = np.array([1, 0, 0])[axis], np.array([2, 2, 1])[axis]
    rows = np.arange(len(local))
    fitted = tile == 0
    swap = ~fitted & ~upright & (extent[rows, v] > extent[rows, u])
    u, v = np.where(swap, v, u), np.where(swap, u, v)
    axes = np.stack([u, v], axis=1)
    flatly = np.take_along_axis(local, axes[:, None, :], axis=2)
    scale = np.where(
        fitted[:, None],
        1 / np.maximum(np.take_along_axis(extent, axes, 1), 1e-4),
        1 / np.where(fitted, 1, tile)[:, None],
    )
    origin = np.where(fitted[:, None], np.take_along_axis(low, axes, 1), 0)
    return (
        (flatly - origin[:, None]) * scale[:, None] + np.where(fitted, 0, 1)[:, None, None] * shift[:, None]
    ).astype(np.float32)
