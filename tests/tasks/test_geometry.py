"""Labels of the geometric tasks against what they claim."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from support import box_room

from taskaffinity.data.keep import DataSet
from taskaffinity.data.views import Views
from taskaffinity.tasks import discover
from taskaffinity.training.bench import Bench

TASKS = discover()
METRES = 2.0


def matrices(vector: np.ndarray) -> np.ndarray:
    """Turn (N, 6) labels back into poses (N, 4, 4), metres."""
    pose = np.tile(np.eye(4), (len(vector), 1, 1))
    pose[:, :3, :3] = Rotation.from_rotvec(vector[:, :3]).as_matrix()
    pose[:, :3, 3] = vector[:, 3:] * METRES
    return pose


def views_of(bench: Bench, name: str, split: str = "source") -> list[Views]:
    task, data = TASKS[name], bench.experiment.data
    rows = bench.experiment.examples(task, split)
    return [data.read(column, task.label_channels) for column in rows.T]


@pytest.mark.parametrize("name", ["fixated_pose", "nonfixated_pose"])
def test_pose_takes_the_first_camera_to_the_second(bench: Bench, name: str) -> None:
    first, second = views_of(bench, name)
    relative = matrices(TASKS[name].label([first, second]).value)
    np.testing.assert_allclose(first["pose"] @ relative, second["pose"], atol=1e-5)
    back = matrices(TASKS[name].label([second, first]).value)
    np.testing.assert_allclose(relative @ back, np.tile(np.eye(4), (len(back), 1, 1)), atol=1e-5)


def test_egomotion_comes_back_to_where_it_began(bench: Bench) -> None:
    legs = TASKS["egomotion"].label(views_of(bench, "egomotion")).value.reshape(-1, 3, 6)
    one, two, three = (matrices(legs[:, leg]) for leg in range(3))
    np.testing.assert_allclose(one @ two @ three, np.tile(np.eye(4), (len(legs), 1, 1)), atol=1e-5)
    assert np.abs(legs).max(axis=(0, 2)).min() > 0.01  # the camera moves on every leg


def test_half_of_the_matching_pairs_match(bench: Bench) -> None:
    for split in bench.experiment.rows:
        label = TASKS["point_matching"].label(views_of(bench, "point_matching", split))
        assert label.valid.all()
        assert label.value.mean() == 0.5


def test_matching_does_not_ask_where_nothing_was_measured(bench: Bench) -> None:
    first, second = views_of(bench, "point_matching")
    middle = first["depth"].shape[-1] // 2
    second["depth_valid"][0, :, middle, middle] = False
    valid = TASKS["point_matching"].label([first, second]).valid
    assert not valid[0]
    assert valid[1:].all()


def test_a_point_matches_itself(full: DataSet) -> None:
    views = full.read(np.arange(8), TASKS["point_matching"].label_channels)
    assert TASKS["point_matching"].label([views, views]).value.all()


def test_room_layout_is_the_room(full: DataSet) -> None:
    rows = np.arange(len(full))
    views = full.read(rows, ["room_layout", "pose"])
    layout = TASKS["room_layout"].label([views]).value * 3.0
    low, high = box_room.ROOM
    np.testing.assert_allclose(
        np.sort(layout[:, 6:], axis=1), np.tile(np.sort(high - low), (len(rows), 1)), atol=1e-4
    )
    world = np.einsum("nij,nj->ni", views["pose"][:, :3, :3], layout[:, :3]) + views["pose"][:, :3, 3]
    np.testing.assert_allclose(world, np.tile((low + high) / 2, (len(rows), 1)), atol=1e-4)


def test_missing_vectors_are_not_valid(full: DataSet) -> None:
    views = full.read(np.arange(4), ["room_layout", "vanishing_point"])
    for name in ("room_layout", "vanishing_point"):
        views[name][1, 2] = np.nan
        label = TASKS[name].label([views])
        assert label.valid.tolist() == [True, False, True, True]
        assert np.isfinite(label.value).all()


def test_temporal_order_holds_for_about_half(bench: Bench) -> None:
    views = views_of(bench, "temporal_order")
    label = TASKS["temporal_order"].label(views)
    times = np.stack([view["time"] for view in views], axis=1)
    steps = np.sign(np.diff(times, axis=1))
    np.testing.assert_array_equal(label.value, steps[:, 0] == steps[:, 1])
    np.testing.assert_array_equal(label.value, TASKS["temporal_order"].label(views[::-1]).value)
    assert 0.2 < label.value.mean() < 0.8
