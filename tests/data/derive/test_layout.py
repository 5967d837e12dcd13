"""Vanishing points and layout: the same picture has the same label, however the room is numbered."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from taskaffinity.data.derive.layout import room_layout, vanishing_point
from taskaffinity.data.views import ViewId, Views

LEVEL = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # columns: right, down, forward; it looks along y


def view(
    turn: np.ndarray, place: tuple[float, float, float], frame: np.ndarray, corners: np.ndarray
) -> Views:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn, place
    channels = {"pose": pose[None], "manhattan": frame[None], "room": corners[None]}
    return Views([ViewId("s", 0, 0)], channels)


def turned(degrees: float, axis: str = "z") -> np.ndarray:
    return Rotation.from_euler(axis, degrees, degrees=True).as_matrix()


BOX = np.array([[0.0, 0, 0], [4, 6, 2.5]])


def test_a_level_camera_that_faces_a_wall() -> None:
    views = view(LEVEL, (1, 1, 1.5), np.eye(3), BOX)
    assert np.allclose(vanishing_point(views)["vanishing_point"][0], [0, -1, 0, 0, 0, 1, 1, 0, 0])
    layout = room_layout(views)["room_layout"][0]
    assert np.allclose(layout[:3], [1, 0.25, 2])  # the middle is 1 m right, 0.25 m lower, 2 m ahead
    assert np.allclose(layout[3:6], 0, atol=1e-6)
    assert np.allclose(layout[6:], [4, 2.5, 6])  # across, up, ahead


def test_another_wall_swaps_across_and_ahead() -> None:
    views = view(turned(-90) @ LEVEL, (1, 1, 1.5), np.eye(3), BOX)  # looks along x
    assert np.allclose(room_layout(views)["room_layout"][0, 6:], [6, 2.5, 4])


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_the_numbering_of_the_axes_does_not_matter(quarter: int) -> None:
    camera = turned(25) @ LEVEL @ turned(-10, "x")
    straight = view(camera, (1, 1, 1.5), np.eye(3), BOX)
    frame = np.rint(turned(90 * quarter)).T
    corners = np.sort(BOX @ frame.T, axis=0)
    renumbered = view(camera, (1, 1, 1.5), frame, corners)
    for label in (vanishing_point, room_layout):
        name = label.__name__
        assert np.allclose(label(straight)[name], label(renumbered)[name], atol=1e-6)


def test_vanishing_points_are_orthonormal_and_right_handed() -> None:
    views = view(turned(70) @ LEVEL @ turned(15, "x") @ turned(5, "z"), (1, 1, 1), np.eye(3), BOX)
    up, ahead, right = vanishing_point(views)["vanishing_point"][0].reshape(3, 3)
    assert np.allclose([up @ ahead, up @ right, ahead @ right], 0, atol=1e-6)
    assert np.allclose(np.cross(ahead, up), right, atol=1e-6)
    assert ahead[2] > np.sqrt(0.5) - 0.1
    assert up[1] < 0


def test_labels_move_little_with_the_camera() -> None:
    angles = np.arange(-40, 41)
    made = [
        room_layout(view(turned(a) @ LEVEL, (1, 1, 1.5), np.eye(3), BOX))["room_layout"][0] for a in angles
    ]
    assert np.abs(np.diff(made, axis=0)).max() < 0.08


def test_yaw_pitch_and_roll_are_told_apart() -> None:
    for position, (axis, degrees) in enumerate((("y", 12.0), ("x", 12.0), ("z", 12.0))):
        views = view(LEVEL @ turned(degrees, axis), (1, 1, 1), np.eye(3), BOX)
        angles = np.degrees(room_layout(views)["room_layout"][0, 3:6])
        assert angles[position] == pytest.approx(-degrees, abs=1e-3)
        assert np.abs(np.delete(angles, position)).max() < 1e-3


def test_a_view_without_pose_has_no_label() -> None:
    views = view(np.full((3, 3), np.nan), (1, 1, 1), np.eye(3), BOX)
    assert np.isnan(vanishing_point(views)["vanishing_point"]).all()
    assert np.isnan(room_layout(views)["room_layout"]).all()
