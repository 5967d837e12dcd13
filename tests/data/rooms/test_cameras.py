"""Cameras look at their targets, from places that are free."""

import numpy as np
import pytest

from taskaffinity.data.grouping import SHARED, all_pairs, fixated, linked
from taskaffinity.data.overlap import overlap
from taskaffinity.data.rooms.cameras import CLEARANCE, PlacedCameras, _group_sizes, place_cameras
from taskaffinity.data.rooms.casting import cast, sphere
from taskaffinity.data.rooms.scene import Scene
from taskaffinity.data.views import Views


@pytest.mark.parametrize("count", range(1, 40))
def test_groups_add_up_and_about_half_of_the_views_share_a_point(count: int) -> None:
    sizes = _group_sizes(count)
    assert sum(sizes) == count
    assert set(sizes) <= {1, 2, 3}
    shared = sum(size for size in sizes if size > 1)
    assert count < 3 or 0.35 * count <= shared <= 0.75 * count


def test_targets_are_seen_near_the_centre_and_unhidden(office: tuple[Scene, PlacedCameras]) -> None:
    scene, cameras = office
    for camera in range(len(cameras)):
        one = cameras.take(np.array([camera]))
        to_camera = np.linalg.inv(one.pose[0].astype(float))
        local = to_camera[:3, :3] @ one.target[0] + to_camera[:3, 3]
        offset = local[:2] / local[2] / one.tangent[0]  # 1 is the image's edge
        assert np.abs(offset).max() < 0.35
        towards = one.target - one.pose[:, :3, 3]
        hit = cast(scene, one.pose[:, :3, 3].copy(), towards.astype(np.float32))
        assert hit.distance[0] == pytest.approx(1, abs=0.02)


def test_nothing_is_nearer_than_the_clearance(office: tuple[Scene, PlacedCameras]) -> None:
    scene, cameras = office
    places = np.repeat(cameras.pose[:, :3, 3], 64, axis=0)
    hits = cast(scene, places, np.tile(sphere(64), (len(cameras), 1)))
    assert hits.distance.min() > CLEARANCE
    assert hits.inside.mean() < 0.05


def test_rays_through_pixels_are_those_of_the_intrinsics(office: tuple[Scene, PlacedCameras]) -> None:
    _, cameras = office
    origins, directions = cameras.rays(16, np.zeros((1, 2)))
    matrix = cameras.intrinsics(16).astype(float)
    local = np.einsum("nba,npb->npa", cameras.pose[:, :3, :3], directions.reshape(len(cameras), -1, 3))
    pixel = np.einsum("nab,npb->npa", matrix, local)
    v, u = np.mgrid[:16, :16]
    expected = np.stack([u, v, np.ones_like(u)], axis=-1).reshape(-1, 3)
    assert np.allclose(pixel, expected, atol=1e-3)
    assert np.allclose(origins.reshape(len(cameras), -1, 3), cameras.pose[:, None, :3, 3])


def test_the_same_generator_places_the_same_cameras(office: tuple[Scene, PlacedCameras]) -> None:
    scene, _ = office
    first, second = (place_cameras(scene, 5, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first.pose, second.pose)
    assert np.array_equal(first.tangent, second.tangent)


def test_views_of_points_of_their_own_overlap_with_others(batches: list[Views]) -> None:
    """Pairs that look elsewhere and yet share something come from them."""
    overlapping = []
    for views in batches:
        point = np.array([view.point for view in views.ids])
        alone = (point[:, None] == point).sum(axis=1) == 1
        overlapping.extend(linked(views).any(axis=1)[alone])
    assert np.mean(overlapping) > 0.85


def test_cameras_that_look_at_each_other_are_no_pair_though_they_overlap(batches: list[Views]) -> None:
    opposite = 0
    for views in batches:
        axis = views["pose"][:, :3, 2]
        against = axis @ axis.T < 0
        assert not (against & (linked(views) | fixated(views))).any()
        shared = all_pairs(views, overlap)
        opposite += np.count_nonzero(against & (np.minimum(shared, shared.T) >= SHARED))
    assert opposite > 0
