"""Depth, normals, poses and classes of the rooms agree with each other."""

import numpy as np

from taskaffinity.data.derive import geometry
from taskaffinity.data.views import Views


def unit_angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between unit vectors along axis 1."""
    return np.degrees(np.arccos(np.clip((a * b).sum(axis=1), -1, 1)))


def around(maps: np.ndarray) -> list[np.ndarray]:
    """The four neighbours of each pixel of maps (..., H, W)."""
    padded = np.pad(maps, ((0, 0),) * (maps.ndim - 2) + ((1, 1), (1, 1)), mode="edge")
    sides = np.s_[:-2, 1:-1], np.s_[2:, 1:-1], np.s_[1:-1, :-2], np.s_[1:-1, 2:]
    return [padded[..., rows, columns] for rows, columns in sides]


def interior(instance: np.ndarray) -> np.ndarray:
    """Pixels whose four neighbours belong to the same thing, bool (N, H, W)."""
    return np.all([instance == other for other in around(instance)], axis=0)


def flat(normal: np.ndarray) -> np.ndarray:
    """Pixels whose four neighbours face the same way, to a degree, bool (N, H, W)."""
    return np.all([unit_angle(normal, other) < 1 for other in around(normal)], axis=0)


def world_points(views: Views) -> np.ndarray:
    """Back-projected pixels in world axes, (N, H·W, 3)."""
    local = geometry.points(views).reshape(len(views), 3, -1)
    pose = views["pose"].astype(float)
    return np.einsum("nab,nbp->npa", pose[:, :3, :3], local) + pose[:, None, :3, 3]


def test_normals_are_unit_and_face_the_camera(batches: list[Views]) -> None:
    for views in batches:
        normal = views["normal"].astype(float)
        assert np.allclose(np.linalg.norm(normal, axis=1), 1, atol=1e-4)
        assert ((normal * geometry.rays(views, (64, 64))).sum(axis=1) < 1e-4).all()


def test_normals_agree_with_those_of_the_depth(batches: list[Views]) -> None:
    inside = []
    for views in batches:
        depth_only = Views(views.ids, {name: views[name] for name in ("depth", "intrinsics")})
        derived = geometry.normal(depth_only)
        normal, here = views["normal"].astype(float), interior(views["instance"])
        angle = unit_angle(normal, derived["normal"].astype(float))
        assert np.median(angle) < 0.1
        assert np.mean(angle[here & flat(normal)] < 5) > 0.9
        inside.append(angle[here])
    assert np.mean(np.concatenate(inside) < 5) > 0.8


def test_everything_seen_lies_in_the_room_or_just_outside_a_door(batches: list[Views]) -> None:
    for views in batches:
        low, high = views["room"][:, None, 0], views["room"][:, None, 1]
        points = world_points(views)
        assert ((points > low - 3.2) & (points < high + 3.2)).all()
        inside = ((points > low - 0.16) & (points < high + 0.16)).all(axis=2)
        assert inside.mean() > 0.9


def test_cameras_stand_in_the_room_upright_and_nearly_level(batches: list[Views]) -> None:
    for views in batches:
        place, turn = views["pose"][:, :3, 3], views["pose"][:, :3, :3].astype(float)
        assert ((place > views["room"][:, 0]) & (place < views["room"][:, 1])).all()
        assert ((place[:, 2] >= 0.9) & (place[:, 2] <= 1.9)).all()
        assert np.allclose(turn @ turn.transpose(0, 2, 1), np.eye(3), atol=1e-5)
        assert np.allclose(np.linalg.det(turn), 1, atol=1e-5)
        assert (turn[:, 2, 1] < -0.5).all()  # the image's down is the world's
        roll = np.degrees(np.arcsin(np.clip(turn[:, 2, 0], -1, 1)))
        assert np.abs(roll).max() < 15


def test_fields_of_view_are_in_range(batches: list[Views]) -> None:
    focal = np.concatenate([views["intrinsics"][:, 0, 0] for views in batches])
    field = np.degrees(2 * np.arctan(64 / 2 / focal))
    assert field.min() >= 44.9
    assert field.max() <= 75.1
    assert np.ptp(field) > 20


def test_the_depth_of_one_view_predicts_that_of_another(batches: list[Views]) -> None:
    for views in batches:
        first, second = 0, 1  # both look at point 0
        points = world_points(views)[first]
        to_camera = np.linalg.inv(views["pose"][second].astype(float))
        local = points @ to_camera[:3, :3].T + to_camera[:3, 3]
        with np.errstate(divide="ignore", invalid="ignore"):
            u, v = ((local @ views["intrinsics"][second].astype(float).T)[:, :2] / local[:, 2:]).T
        seen = (local[:, 2] > 0.1) & (u > 0.5) & (u < 62.5) & (v > 0.5) & (v < 62.5)
        depth = views["depth"][second, 0]
        u, v = np.rint(u[seen]).astype(int), np.rint(v[seen]).astype(int)
        steps = [depth[v + dv, u + du] for dv in (-1, 0, 1) for du in (-1, 0, 1)]
        # Nothing is seen through; a point that is visible has the depth of its pixel's surroundings.
        behind = local[seen, 2] > np.min(steps, axis=0) * 0.99
        before = local[seen, 2] < np.max(steps, axis=0) * 1.01
        assert seen.sum() > 200
        assert (behind & before).mean() > 0.4
        assert behind.mean() > 0.97


def test_views_of_one_point_see_it_near_their_centres(batches: list[Views]) -> None:
    close = []
    for views in batches:
        points = np.array([view.point for view in views.ids])
        for point in (0, 1):
            members = np.flatnonzero(points == point)
            assert len(members) in (2, 3)
            centre = (
                views["depth"][members, 0, 31, 31][:, None]
                * geometry.rays(views, (64, 64))[members, :, 31, 31]
            )
            pose = views["pose"][members].astype(float)
            world = np.einsum("nab,nb->na", pose[:, :3, :3], centre) + pose[:, :3, 3]
            close += [np.linalg.norm(world[0] - other) for other in world[1:]]
            apart = np.linalg.norm(pose[0, :3, 3] - pose[1:, :3, 3], axis=1)
            assert (apart > 0.05).all()
    assert np.median(close) < 0.3
