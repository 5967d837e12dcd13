"""Cameras that cannot be are refused, and what is doubtful is said."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from support import box_room

from taskaffinity.data.doctor import examine
from taskaffinity.data.faults import UnreadableError
from taskaffinity.data.geometry import check_intrinsics, check_pose, doubts_about_intrinsics, geometry_of
from taskaffinity.data.rgbd import RgbdReader
from taskaffinity.errors import DataError

SHAPE = (48, 64)
GOOD = np.array([[60, 0, 31.5], [0, 60, 23.5], [0, 0, 1.0]])


@pytest.mark.parametrize(
    ("matrix", "said"),
    [
        (GOOD.T, "transposed"),
        (np.eye(3), "focal length"),
        (np.zeros((3, 3)), "last row"),
        (GOOD * [[-1, 1, 1], [1, 1, 1], [1, 1, 1]], "no pinhole"),
        (GOOD * [[20, 1, 20], [1, 20, 20], [1, 1, 1]], "focal length"),
        (GOOD * [[1, 1, 20], [1, 1, 20], [1, 1, 1]], "principal point"),
        (GOOD * [[1, 1, 1], [1, 1, 1], [1, 1, 2]], "last row"),
        (np.array([[60, 0, 31.5], [9, 60, 23.5], [0, 0, 1.0]]), "no pinhole"),
    ],
)
def test_impossible_intrinsics_are_refused(matrix: np.ndarray, said: str) -> None:
    check_intrinsics(GOOD, SHAPE)
    with pytest.raises(UnreadableError, match=said):
        check_intrinsics(matrix, SHAPE)


@pytest.mark.parametrize(("degrees", "fits"), [(2, False), (20, True), (60, True), (120, True), (170, False)])
def test_the_field_of_view_must_be_a_cameras(degrees: float, fits: bool) -> None:
    matrix = GOOD.copy()
    matrix[0, 0] = matrix[1, 1] = 32 / np.tan(np.radians(degrees / 2))
    if fits:
        check_intrinsics(matrix, SHAPE)
    else:
        with pytest.raises(UnreadableError, match="degrees"):
            check_intrinsics(matrix, SHAPE)


def test_unusual_intrinsics_are_doubted_and_usual_ones_are_not() -> None:
    assert doubts_about_intrinsics(GOOD, SHAPE) == []
    off = GOOD * [[1, 1, 0.05], [1, 1, 1], [1, 1, 1]]
    assert "principal point" in doubts_about_intrinsics(off, SHAPE)[0]
    assert (
        "focal lengths differ" in doubts_about_intrinsics(GOOD * [[2, 1, 1], [1, 1, 1], [1, 1, 1]], SHAPE)[0]
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda pose: pose.T, "transposed|rotation"),
        (lambda pose: pose + np.diag([0, 0, 0, 1.0]), "last row"),
        (lambda pose: pose @ np.diag([1, 1, -1, 1]), "rotation"),
        (lambda pose: pose @ np.diag([2, 2, 2, 1]), "rotation"),
        (lambda pose: pose * 1e300, "rotation"),
    ],
)
def test_what_is_no_pose_is_refused(change: "object", said: str) -> None:
    pose = box_room.walk(3)[1]
    check_pose(pose)
    with pytest.raises(UnreadableError, match=said):
        check_pose(change(pose))  # type: ignore[operator]


def test_a_far_place_is_refused() -> None:
    pose = np.eye(4)
    pose[0, 3] = 1e7
    with pytest.raises(UnreadableError, match="farther"):
        check_pose(pose)


def test_units_that_are_not_metres_are_doubted() -> None:
    places = np.array([[0, 0, 0], [3.0, 4, 0]])
    fine = geometry_of([2.0, 3.0, np.nan], places, [60.0])
    assert (fine.median_depth, fine.path_extent, fine.doubts()) == (2.5, 5.0, [])
    assert "depth" in geometry_of([2000.0], places, [60.0]).doubts()[0]
    assert "places" in geometry_of([2.0], places * 1000, [60.0]).doubts()[0]
    assert geometry_of([], np.zeros((0, 3)), []).lines() == []


FLIP = np.diag([1.0, -1, -1, 1])


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (lambda pose: pose, None),
        (np.linalg.inv, "invert them"),
        (lambda pose: pose @ FLIP, "turn y and z"),
        (lambda pose: np.linalg.inv(pose @ FLIP), "world to camera, of a camera that looks along -z"),
        (lambda pose: np.concatenate([pose[:3] * (1, 1, 1, 1000), pose[3:]]), "in millimetres"),
    ],
    ids=["as it should be", "inverse", "opengl", "opengl inverse", "millimetres"],
)
def test_a_convention_by_which_depths_agree_better_is_named(
    frames: Path, tmp_path: Path, written: "object", said: str | None
) -> None:
    import shutil

    folder = shutil.copytree(frames, tmp_path / "frames")
    for file in folder.glob("*.pose.txt"):
        np.savetxt(file, written(np.loadtxt(file)))  # type: ignore[operator]
    notes = [note for note in RgbdReader(folder, 32).notes if "poses look" in note]
    assert len(notes) == (said is not None)
    assert all(str(said) in note for note in notes)


@pytest.mark.parametrize(("factor", "said"), [(5, "1/5000"), (0.512, "1/512")])
def test_another_unit_of_depth_is_named(frames: Path, tmp_path: Path, factor: float, said: str) -> None:
    import shutil

    folder = shutil.copytree(frames, tmp_path / "frames")
    for file in folder.glob("*.depth.png"):
        depth = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(file), (depth * factor).clip(0, 65534).astype(np.uint16))
    (note,) = [note for note in RgbdReader(folder, 32).notes if "poses look" in note]
    assert said in note


def test_data_check_prints_depth_and_extent_of_the_path(frames: Path) -> None:
    findings = examine(frames, "rgbd", lambda *_: lambda _: None)
    (line,) = [line for line in findings.lines() if line.startswith("geometry")]
    assert findings.geometry is not None
    assert f"{findings.geometry.median_depth:.3g} m" in line
    assert findings.geometry.field_of_view == pytest.approx(80, abs=0.5)
    assert set(findings.record()["geometry"]) == {"median_depth", "path_extent", "field_of_view"}


def test_impossible_intrinsics_stop_a_run_with_one_line(tmp_path: Path) -> None:
    folder = box_room.write(tmp_path / "frames", 3, 32)
    np.savetxt(folder / "camera-intrinsics.txt", np.eye(3))
    with pytest.raises(DataError, match=r"camera-intrinsics\.txt: a focal length"):
        RgbdReader(folder, 32).units()


@pytest.mark.parametrize("spoil", ["folder", "pipe", "unreadable bytes", "huge"])
def test_a_strange_pose_file_is_a_fault_of_its_frame(tmp_path: Path, spoil: str) -> None:
    import os

    folder = box_room.write(tmp_path / "frames", 2, 32)
    file = folder / "frame-000001.pose.txt"
    file.unlink()
    match spoil:
        case "folder":
            file.mkdir()
        case "pipe":
            os.mkfifo(file)
        case "unreadable bytes":
            file.write_bytes(bytes(range(256)))
        case "huge":
            file.write_bytes(b"1 " * 4_000_000)
    reader = RgbdReader(folder, 32, 1, 10, 0)
    assert reader.read(reader.units()[1]).faults[0].startswith("frame-000001.pose.txt: ")
