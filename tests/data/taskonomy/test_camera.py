"""Cameras from `point_info`, and from two depth maps."""

import json
from pathlib import Path

import numpy as np
import pytest
from support import box_room
from support import taskonomy_tree as tree

from taskaffinity.data.faults import UnreadableError
from taskaffinity.data.taskonomy.camera import fit_field_of_view, intrinsics_of, read_camera

POSE = box_room.walk(1, seed=2)[0]


def test_a_camera_comes_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "point_0_view_0_domain_point_info.json"
    file.write_text(json.dumps(tree.point_info(POSE)))
    camera = read_camera(file)
    assert np.allclose(camera.pose, POSE)
    assert camera.field_of_view == pytest.approx(np.radians(80))
    assert np.allclose(camera.room, np.stack(box_room.ROOM))


def test_the_published_convention_puts_the_fixated_point_on_the_axis(tmp_path: Path) -> None:
    """Numbers of Taskonomy's point 202, view 5, as Omnidata publishes them."""
    info = {
        "camera_location": [-6.191483974456787, 4.649560928344727, 1.414849042892456],
        "camera_rotation_final": [1.5115954875946045, -0.004465199075639248, -1.702255129814148],
        "field_of_view_rads": 1.180512021910271,
    }
    file = tmp_path / "point_202_view_5_domain_point_info.json"
    file.write_text(json.dumps(info))
    pose = read_camera(file).pose
    point = np.array([1.3095685243606567, 3.6557424068450928, 0.9663798213005066, 1])
    assert np.allclose(np.linalg.inv(pose) @ point, [0, 0, 7.579880283037506, 1], atol=1e-5)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"camera_location": [0, 0, 0]}',
     '{"camera_location": [0, 0, 0], "camera_rotation_final": [0, 0], "field_of_view_rads": 1}',
     '{"camera_location": [0, 0, NaN], "camera_rotation_final": [0, 0, 0], "field_of_view_rads": 1}',
     '{"camera_location": [0, 0, 0], "camera_rotation_final": [0, 0, 0], "field_of_view_rads": 0}',
     '{"camera_location": [0, 0, 0], "camera_rotation_final": [0, 0, 0], "field_of_view_rads": "wide"}'],
)  # fmt: skip
def test_what_is_no_camera_is_a_fault_that_names_the_file(tmp_path: Path, content: str) -> None:
    file = tmp_path / "point_0_view_0_domain_point_info.json"
    file.write_text(content)
    with pytest.raises(UnreadableError, match=file.name):
        read_camera(file)


@pytest.mark.parametrize("angle", [45.0, 61.2, 90.0, 110.0])
def test_the_field_of_view_is_found_from_two_depth_maps(angle: float) -> None:
    size = 256
    k = intrinsics_of(np.radians(angle), (size, size), size)
    v, u = np.mgrid[:size, :size]
    ray = np.linalg.inv(k) @ np.stack([u, v, np.ones_like(u)]).reshape(3, -1)
    depth = 2 / (1 + 0.3 * ray[0].reshape(size, size) ** 2)
    distance = depth * np.linalg.norm(ray, axis=0).reshape(size, size)
    stored = [np.rint(a * 512) / 512 for a in (depth, distance)]
    found = fit_field_of_view(*stored, np.ones((size, size), bool))
    assert found is not None
    assert np.degrees(found) == pytest.approx(angle, abs=0.3)


def test_maps_that_do_not_belong_together_tell_nothing() -> None:
    draw = np.random.default_rng(0)
    depth, distance = draw.uniform(1, 5, (2, 128, 128))
    everywhere = np.ones((128, 128), bool)
    assert fit_field_of_view(depth, distance, everywhere) is None
    assert fit_field_of_view(depth, depth * 0.9, everywhere) is None
    assert fit_field_of_view(depth, depth * 1.1, np.zeros((128, 128), bool)) is None


def test_a_wide_picture_keeps_its_focal_length_when_cut_square() -> None:
    wide = intrinsics_of(np.radians(60), (480, 640), 480)
    assert wide[0, 0] == pytest.approx(320 / np.tan(np.radians(30)))
    assert wide[0, 2] == wide[1, 2] == 239.5
