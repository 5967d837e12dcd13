"""Reprojection between posed depth maps, on a room of which everything is known."""

import numpy as np
import pytest
from support import box_room

from taskaffinity.data.overlap import Cameras, centre_offset, moved, overlap
from taskaffinity.data.poses import same_way

SIZE = 32
ONE = np.array([0])


def cameras_at(*poses: np.ndarray) -> Cameras:
    depth = np.stack([box_room.render(pose, SIZE).depth for pose in poses])
    matrix = np.repeat(box_room.intrinsics(SIZE)[None], len(poses), axis=0)
    return Cameras(depth, np.ones(depth.shape, bool), np.stack(poses), matrix)


def look(eye: tuple[float, float, float], target: tuple[float, float, float]) -> np.ndarray:
    return box_room.look(np.array(eye), np.array(target))


HERE = look((2.5, 2.0, 1.5), (2.5, 4.0, 1.3))
BACK = look((2.5, 2.0, 1.5), (2.5, 0.0, 1.3))
ASIDE = look((2.2, 1.8, 1.5), (2.5, 4.0, 1.3))


def test_points_come_back_to_their_pixels() -> None:
    cameras = cameras_at(HERE, ASIDE)
    rows, columns = np.array([3, 16, 30]), np.array([5, 16, 2])
    place, seen = cameras.project(cameras.points(rows, columns), np.array([0, 1]))
    np.testing.assert_allclose(place, np.tile(np.stack([columns, rows], 1), (2, 1, 1)), atol=1e-6)
    assert seen.all()


def test_points_lie_in_the_room() -> None:
    grid = np.arange(0, SIZE, 4)
    points = cameras_at(HERE, BACK, ASIDE).points(grid, grid)[..., :3]
    assert (points > box_room.ROOM[0] - 1e-6).all()
    assert (points < box_room.ROOM[1] + 1e-6).all()


def test_a_view_sees_itself_whole() -> None:
    cameras = cameras_at(HERE)
    assert overlap(cameras, ONE, ONE) == 1
    assert centre_offset(cameras, ONE, ONE) == pytest.approx(0, abs=1e-9)


def test_back_to_back_views_share_nothing() -> None:
    cameras = cameras_at(HERE, BACK)
    assert overlap(cameras, ONE, ONE + 1) == 0
    assert np.isinf(centre_offset(cameras, ONE, ONE + 1))


def test_a_step_aside_shares_much() -> None:
    cameras = cameras_at(HERE, ASIDE)
    assert 0.6 < overlap(cameras, ONE, ONE + 1)[0] < 1
    assert centre_offset(cameras, ONE, ONE + 1)[0] < 0.1


@pytest.mark.parametrize("hole", [0, 1])
def test_what_was_not_measured_is_not_shared(hole: int) -> None:
    cameras = cameras_at(HERE, HERE)
    cameras.valid[hole, : SIZE // 2] = False
    assert overlap(cameras, ONE, ONE + 1)[0] == 0.5


def test_without_depth_at_the_centre_nothing_is_known() -> None:
    cameras = cameras_at(HERE, ASIDE)
    cameras.valid[0, SIZE // 2, SIZE // 2] = False
    assert np.isnan(centre_offset(cameras, ONE, ONE + 1)[0])


def test_what_is_hidden_is_not_seen() -> None:
    low, high = box_room.CRATES[1]
    behind = (float(high[0]) + 0.8, float((low[1] + high[1]) / 2), 0.3)  # on the far side of a crate
    before = (float(low[0]) - 1.5, float((low[1] + high[1]) / 2), 0.5)
    above = (float(high[0]) + 0.5, 3.5, 2.2)
    cameras = cameras_at(look(above, behind), look(before, behind))
    assert np.isinf(centre_offset(cameras, ONE, ONE + 1)[0])


@pytest.mark.parametrize(("degrees", "alike"), [(0, 1), (60, 1), (89, 1), (91, 0), (180, 0)])
def test_views_look_the_same_way_up_to_a_right_angle(degrees: float, alike: int) -> None:
    other = HERE.copy()
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    other[:3, :3] = HERE[:3, :3] @ turn
    assert same_way(HERE, other) == alike
    assert same_way(other, HERE) == alike


@pytest.mark.parametrize(
    ("step", "turn", "has_moved"), [(0, 0, 0), (0.01, 0, 0), (0.03, 0, 1), (0, 0.5, 0), (0, 2, 1)]
)
def test_small_motion_is_none(step: float, turn: float, has_moved: int) -> None:
    other = HERE.copy()
    angle = np.radians(turn)
    spin = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    other[:3, :3] = HERE[:3, :3] @ spin
    other[0, 3] += step
    assert moved(cameras_at(HERE, other), ONE, ONE + 1)[0] == has_moved
