"""Depth's geometry against closed forms: planes and a ball."""

from collections.abc import Callable

import numpy as np
import pytest

from taskaffinity.data.derive.curvature import principal_curvature
from taskaffinity.data.derive.geometry import depth_euclidean, normal, points
from taskaffinity.data.derive.shading import ENERGY, HALF_LIFE, reshading
from taskaffinity.data.views import Views

from .conftest import ball

See = Callable[..., Views]


@pytest.mark.parametrize("size", [64, 128, 512])
def test_the_normal_of_a_slanted_plane_is_exact(seen: See, size: int) -> None:
    n = np.array([0.3, -0.5, -0.8])
    n /= np.linalg.norm(n)
    views = seen(lambda x, y: -1.5 / (n[0] * x + n[1] * y + n[2]), size)
    made = normal(views)
    assert made["normal_valid"].all()
    assert np.abs(made["normal"] - n[:, None, None]).max() < 1e-3


def test_normals_do_not_mix_two_surfaces(seen: See) -> None:
    views = seen(lambda x, y: np.where(x < 0, 1.0, 3.0))
    assert np.allclose(normal(views)["normal"][0, 2], -1, atol=1e-4)


def test_normals_of_a_ball_point_from_its_centre(seen: See) -> None:
    views = seen(ball, 256)
    made = normal(views)
    truth = points(views) - np.array([0, 0, 2])[None, :, None, None]
    truth /= np.linalg.norm(truth, axis=1, keepdims=True)
    inside = points(views)[:, 2] < 1.7  # off the rim, where a pixel spans a large part of the ball
    cosine = (made["normal"] * truth).sum(axis=1)[inside & made["normal_valid"][:, 0]]
    assert np.degrees(np.arccos(np.clip(cosine, -1, 1))).max() < 3


def test_distance_is_the_length_of_the_point(seen: See) -> None:
    views = seen(lambda x, y: np.full_like(x, 2.0))
    made = depth_euclidean(views)["depth_euclidean"][0, 0]
    assert np.allclose(made, np.linalg.norm(points(views)[0], axis=0))
    assert made[0, 0] == pytest.approx(2 * np.sqrt(1 + 2 * (63 / 64 * np.tan(np.radians(30))) ** 2), rel=1e-5)


def test_a_ball_has_two_positive_curvatures_and_a_plane_none(seen: See) -> None:
    views = seen(ball, 128)
    views = Views(views.ids, {**views.channels, **normal(views)})
    made = principal_curvature(views)
    middle = made["principal_curvature"][0, :, 54:74, 54:74]
    assert made["principal_curvature_valid"][0, 0, 54:74, 54:74].all()
    assert np.allclose(np.median(middle, axis=(1, 2)), 2, rtol=0.05)  # 1 / 0.5 m
    flat = seen(lambda x, y: 2 / (1 + 0.3 * x))
    flat = Views(flat.ids, {**flat.channels, **normal(flat)})
    assert np.abs(principal_curvature(flat)["principal_curvature"]).max() < 0.05


def test_the_first_curvature_is_the_larger_in_magnitude(seen: See) -> None:
    views = seen(lambda x, y: 2 + 0.3 * np.sin(6 * x) + 0.05 * np.sin(4 * y), 128)
    views = Views(views.ids, {**views.channels, **normal(views)})
    first, second = principal_curvature(views)["principal_curvature"][0]
    assert (np.abs(first) >= np.abs(second) - 1e-5).all()
    assert first.min() < -1
    assert first.max() > 1


def test_light_falls_off_with_the_square_of_distance(seen: See) -> None:
    centre = []
    for depth in (3.0, 4.0):
        views = seen(lambda x, y, z=depth: np.full_like(x, z))
        views = Views(views.ids, {**views.channels, **normal(views)})
        centre.append(reshading(views)["reshading"][0, 0, 31:33, 31:33].mean())
    assert centre == pytest.approx([ENERGY * HALF_LIFE / (HALF_LIFE + d**2) for d in (3, 4)], rel=1e-3)


def test_a_view_without_depth_has_no_label_and_no_warning(seen: See) -> None:
    views = seen(lambda x, y: np.zeros_like(x))
    views = Views(views.ids, {**views.channels, **normal(views)})
    for made in (principal_curvature(views), reshading(views), depth_euclidean(views)):
        (valid,) = [value for name, value in made.items() if name.endswith("_valid")]
        assert not valid.any()
        assert all(np.isfinite(value).all() for value in made.values())
