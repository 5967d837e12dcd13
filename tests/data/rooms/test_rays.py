"""Rays through triangles: closed forms, and Embree against NumPy."""

import numpy as np
import pytest

from taskaffinity.data.rooms import rays
from taskaffinity.data.rooms.cameras import PlacedCameras
from taskaffinity.data.rooms.rays import REACH, Caster, EmbreeCaster, NumpyCaster, make_caster
from taskaffinity.data.rooms.reader import RoomsReader
from taskaffinity.data.rooms.scene import Scene


def casters() -> list[type]:
    return [NumpyCaster, *([EmbreeCaster] if rays.has_embree() else [])]


def wall(x: float) -> np.ndarray:
    """Two triangles: the square from (x, -1, -1) to (x, 1, 1)."""
    a, b, c, d = [[x, y, z] for y, z in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    return np.array([[a, b, c], [a, c, d]], np.float32)


@pytest.fixture(params=casters(), ids=lambda kind: kind.__name__)
def walls(request: pytest.FixtureRequest) -> Caster:
    """Walls at 2 and at 3."""
    return request.param(np.concatenate([wall(3), wall(2)]))


def test_the_nearer_wall_is_hit_in_units_of_the_direction(walls: Caster) -> None:
    origins = np.zeros((3, 3), np.float32)
    directions = np.array([[1, 0.1, 0.2], [2, 0.2, 0.1], [-1, 0, 0]], np.float32)
    hits = walls.closest(origins, directions)
    assert hits.distance[:2] == pytest.approx([2, 1])
    assert set(hits.triangle[:2]) <= {2, 3}
    assert hits.triangle[2] == -1


def test_weights_give_the_place_back(walls: Caster) -> None:
    rng = np.random.default_rng(0)
    directions = np.concatenate([np.ones((200, 1)), rng.uniform(-0.4, 0.4, (200, 2))], axis=1).astype("f4")
    hits = walls.closest(np.zeros((200, 3), np.float32), directions)
    corners = np.concatenate([wall(3), wall(2)])[hits.triangle]
    weights = np.stack([1 - hits.u - hits.v, hits.u, hits.v], axis=1)
    assert np.allclose(
        np.einsum("sc,sck->sk", weights, corners), directions * hits.distance[:, None], atol=1e-5
    )


def test_what_lies_before_the_end_blocks_and_distance_stops_at_most(walls: Caster) -> None:
    origins = np.zeros((3, 3), np.float32)
    ends = np.array([[1.9, 0, 0.1], [2.1, 0, 0.1], [2.0 / REACH - 1e-3, 0, 0.1]], np.float32)
    assert walls.blocked(origins, ends).tolist() == [False, True, False]
    ahead = np.array([[1, 0.1, 0.05]] * 2 + [[-1, 0, 0]], np.float32)
    assert walls.distance(origins, ahead, 9.0) == pytest.approx([2, 2, 9])
    assert walls.distance(origins, ahead, 1.5) == pytest.approx([1.5, 1.5, 1.5])


def test_axis_parallel_rays_slip_through_no_edge() -> None:
    """Rays along the axes, through the common edges and corners of triangles, all end at the wall."""
    walls = NumpyCaster(wall(2))
    steps = np.linspace(-1, 1, 21)
    places = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    origins = np.concatenate([np.zeros((len(places), 1)), places], axis=1).astype(np.float32)
    directions = np.tile(np.array([1, 0, 0], np.float32), (len(places), 1))
    assert (walls.closest(origins, directions).triangle >= 0).all()


@pytest.mark.skipif(not rays.has_embree(), reason="embreex is not installed")
def test_numpy_hits_what_embree_hits(office: tuple[Scene, PlacedCameras]) -> None:
    room = office[0]
    rng = np.random.default_rng(0)
    origins = (rng.uniform(0.2, 0.8, (4000, 3)) * room.size).astype(np.float32)
    directions = rng.normal(size=(4000, 3)).astype(np.float32)
    one, two = EmbreeCaster(room.corners), NumpyCaster(room.corners)
    a, b = one.closest(origins, directions), two.closest(origins, directions)
    assert (b.triangle >= 0).all()
    same = a.triangle == b.triangle
    assert same.mean() > 0.998
    for name in ("distance", "u", "v"):
        assert np.abs(getattr(a, name)[same] - getattr(b, name)[same]).max() < 1e-3, name
    assert np.mean(np.abs(a.distance - b.distance) < 1e-4 * (1 + a.distance)) > 0.998
    assert (one.blocked(origins, directions) == two.blocked(origins, directions)).mean() > 0.998
    near = np.abs(one.distance(origins, directions, 0.5) - two.distance(origins, directions, 0.5))
    assert (near < 1e-4).mean() > 0.998


def test_without_embree_rooms_are_made_and_are_another_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = RoomsReader(1, 2, 32, 0)
    with_embree = reader.identity()
    for module in ("rays", "reader"):
        monkeypatch.setattr(f"taskaffinity.data.rooms.{module}.has_embree", lambda: False)
    assert isinstance(make_caster(wall(1)), NumpyCaster)
    assert reader.identity() != (with_embree if "rays" not in with_embree else {})
    views = reader.read(0).views
    assert len(views) == 2
    assert np.isfinite(views["depth"]).all()
    assert (views["depth"] > 0).all()
    assert np.allclose(np.linalg.norm(views["normal"], axis=1), 1, atol=1e-3)
