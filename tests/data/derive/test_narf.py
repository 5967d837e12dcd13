"""NARF's interest on surfaces of which it is known: planes, creases, corners."""

from collections.abc import Callable

import numpy as np
import pytest

from taskaffinity.data.derive import narf
from taskaffinity.data.derive.geometry import normal
from taskaffinity.data.derive.narf import keypoints3d
from taskaffinity.data.views import Views

See = Callable[..., Views]


def interest(views: Views) -> np.ndarray:
    made = keypoints3d(Views(views.ids, {**views.channels, **normal(views)}))
    assert made["keypoints3d"].min() >= 0
    assert made["keypoints3d"].max() <= 1
    return made["keypoints3d"][0, 0]


def wall(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.full_like(x, 2.0)


def crease(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Two walls that meet in a vertical line."""
    return 2 / (1 + np.abs(x))


def corner(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Two walls and a floor, the inner corner of a room."""
    return np.minimum(2 / (0.6 + np.abs(x)), 1 / (0.3 + np.maximum(y, -0.2)))


def test_a_plane_has_no_interest(seen: See) -> None:
    assert interest(seen(wall)).max() == 0


def test_a_straight_crease_has_little(seen: See) -> None:
    along, apart = interest(seen(crease)), interest(seen(corner))
    assert along[8:-8].max() < 0.1
    assert apart.max() > 0.25


def test_interest_is_near_the_corner(seen: See) -> None:
    apart = interest(seen(corner))
    row, _ = np.unravel_index(apart.argmax(), apart.shape)
    meeting = np.abs(np.gradient(seen(corner)["depth"][0, 0][:, 32])).argmax()
    assert abs(int(row) - int(meeting)) < 16


def test_views_do_not_touch_each_other(seen: See) -> None:
    one, two = seen(crease), seen(corner)
    both = Views(
        [*one.ids, *two.ids], {name: np.concatenate([one[name], two[name]]) for name in one.channels}
    )
    made = keypoints3d(Views(both.ids, {**both.channels, **normal(both)}))["keypoints3d"][:, 0]
    assert np.array_equal(made[0], interest(one))
    assert np.array_equal(made[1], interest(two))


def test_a_hole_is_not_valid(seen: See) -> None:
    views = seen(lambda x, y: np.where(x > 0.4, 0, corner(x, y)))
    made = keypoints3d(Views(views.ids, {**views.channels, **normal(views)}))
    assert not made["keypoints3d_valid"][views["depth"] == 0].any()
    assert made["keypoints3d"][views["depth"] == 0].max() == 0


def test_the_size_of_a_group_does_not_matter(seen: See, monkeypatch: pytest.MonkeyPatch) -> None:
    views = [seen(crease), seen(corner), seen(corner)]
    ids = [view.ids[0] for view in views]
    many = Views(ids, {name: np.concatenate([view[name] for view in views]) for name in views[0].channels})
    many = Views(ids, {**many.channels, **normal(many)})
    together = keypoints3d(many)["keypoints3d"]
    monkeypatch.setattr(narf, "AT_ONCE", 1)
    assert np.array_equal(keypoints3d(many)["keypoints3d"], together)
