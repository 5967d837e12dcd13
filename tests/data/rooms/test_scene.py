"""Rooms are furnished as their kind asks for, and closed."""

import numpy as np
import pytest

from taskaffinity.data.rooms.cameras import PlacedCameras
from taskaffinity.data.rooms.casting import cast, sphere
from taskaffinity.data.rooms.classes import OBJECTS, ROOMS
from taskaffinity.data.rooms.materials import ROOM_FINISHES, Palette
from taskaffinity.data.rooms.plan import Block
from taskaffinity.data.rooms.programs import PROGRAMS
from taskaffinity.data.rooms.scene import Scene, build
from taskaffinity.data.rooms.textures import bank

TELLING = {
    "bedroom": "bed", "living room": "sofa", "kitchen": "oven", "bathroom": "toilet", "office": "desk",
    "dining room": "dining table", "corridor": "door", "library": "bookshelf", "meeting room": "desk",
    "laundry": "washing machine",
}  # fmt: skip


def test_every_kind_of_room_has_a_programme() -> None:
    assert set(PROGRAMS) == set(ROOMS) == set(TELLING)


@pytest.mark.parametrize("kind", ROOMS)
def test_a_kind_of_room_has_what_tells_it(kind: str) -> None:
    scenes = [build(kind, np.random.default_rng([seed, 1])) for seed in range(3)]
    shares = [OBJECTS.index(TELLING[kind]) in scene.object_class for scene in scenes]
    assert any(shares)
    for scene in scenes:
        assert scene.kind == ROOMS.index(kind)
        assert len(scene.semantic) == len(scene.object_class) == scene.instance.max() + 1
        assert scene.material.max() < len(scene.materials.pattern)
        assert np.allclose(np.linalg.norm(scene.normals, axis=-1), 1, atol=1e-3)
        assert all(np.isfinite(v).all() for v in (scene.corners, scene.uv, scene.density))
        assert len(scene.lamps) or any(o.kind == "window" for o in scene.openings)


def test_rooms_of_a_kind_differ() -> None:
    sizes = {tuple(build("kitchen", np.random.default_rng(seed)).size.round(3)) for seed in range(4)}
    assert len(sizes) == 4


def test_no_ray_leaves_the_building(office: tuple[Scene, PlacedCameras]) -> None:
    scene, cameras = office
    hits = cast(
        scene, np.repeat(cameras.pose[:, :3, 3], 8000, axis=0), np.tile(sphere(8000), (len(cameras), 1))
    )
    assert (hits.triangle >= 0).all()
    assert (hits.distance > 0).all()
    surroundings = scene.instance.max()
    assert (scene.instance[hits.triangle] != surroundings).all()


@pytest.mark.parametrize("seed", range(20))
def test_blocks_meet_exactly_where_they_have_points_in_common(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, other = (
        Block(*rng.uniform(0, 2, 2), *rng.uniform(0.1, 0.8, 2), rng.uniform(0, 6), 0, 1) for _ in "ab"
    )
    grid = np.stack(np.meshgrid(np.linspace(-1, 3, 200), np.linspace(-1, 3, 200)), axis=-1).reshape(-1, 2)
    shared = _within(one, grid, 1.0) & _within(other, grid, 1.0)
    apart = not (_within(one, grid, 1.1) & _within(other, grid, 1.1)).any()
    assert one.meets(other) == other.meets(one)
    if shared.any():
        assert one.meets(other)
    if apart:
        assert not one.meets(other)
    assert not one.meets(other._replace(low=1.0, high=2.0))


def _within(block: Block, points: np.ndarray, scale: float) -> np.ndarray:
    c, s = np.cos(block.yaw), np.sin(block.yaw)
    local = (points - [block.x, block.y]) @ np.array([[c, -s], [s, c]])
    return (np.abs(local) <= scale * np.array([block.half_width, block.half_depth])).all(axis=1)


def test_rooms_have_finishes_of_their_own() -> None:
    assert set(ROOM_FINISHES) <= set(ROOMS)
    floors = {room: _patterns(room, "floor") for room in ("bathroom", "bedroom", "office")}
    assert floors["bathroom"] == {"tiles", "checks", "marble"}
    assert floors["bedroom"] == {"carpet", "planks"}
    assert "tiles" in _patterns("office", "ceiling")
    assert "tiles" not in _patterns("bedroom", "ceiling")


def _patterns(room: str, finish: str) -> set[str]:
    """Tell what a finish is made of in many rooms of a kind."""
    palettes = [Palette(np.random.default_rng(seed), room) for seed in range(80)]
    numbers = [palette.pattern[palette.draw(finish)] for palette in palettes]
    kinds = np.array(list(bank().kinds.values()))
    names = list(bank().kinds)
    return {names[int(np.searchsorted(kinds, number, "right")) - 1] for number in numbers}


def test_ceilings_are_paler_than_walls_and_walls_than_floors() -> None:
    shades = [_typical_shade(finish) for finish in ("floor", "wall", "ceiling")]
    assert shades == sorted(shades)
    assert shades[1] > 1.5 * shades[0]


def _typical_shade(finish: str) -> float:
    shades = []
    for seed in range(60):
        palette = Palette(np.random.default_rng(seed), ROOMS[seed % len(ROOMS)])
        number = palette.draw(finish)
        shades.append(palette.freeze().mean[number].mean())
    return float(np.median(shades))
