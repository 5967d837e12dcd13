"""The RGB-D reader: windows with cameras of their own, stretches, and files that are left out by name."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from support import box_room

from taskaffinity.data.prepare import prepare
from taskaffinity.data.rgbd import RgbdReader
from taskaffinity.errors import DataError

SIZE = 32


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six frames, to be spoilt."""
    return box_room.write(tmp_path / "frames", 6, size=64)


def reader_of(folder: Path, **settings: int) -> RgbdReader:
    return RgbdReader(folder, SIZE, **{"crops": 1, "stretch": 10, "gap": 0, **settings})


def outcome(folder: Path) -> tuple[set[int], list[str]]:
    """The frames that were read, and what was said of the others."""
    reader = reader_of(folder)
    batches = [reader.read(unit) for unit in reader.units()]
    return {v.point for b in batches for v in b.views.ids}, [f for b in batches for f in b.faults]


def test_depth_and_camera_are_those_of_the_room(folder: Path) -> None:
    reader = reader_of(folder)
    views = reader.read(reader.units()[2]).views
    pose = box_room.walk(6)[2]
    assert np.allclose(views["pose"][0], pose, atol=1e-6)
    assert np.allclose(views["intrinsics"][0], box_room.intrinsics(SIZE), atol=1e-4)
    truth = box_room.render(pose, SIZE).depth
    assert views["depth_valid"].all()
    assert np.median(np.abs(views["depth"][0, 0] - truth)) < 0.005


def test_windows_of_a_wide_frame_see_the_same_points(tmp_path: Path) -> None:
    """A plane at 2 m: a window's camera must put a pixel where the frame's camera does."""
    k = np.array([[60.0, 0, 47.5], [0, 60, 31.5], [0, 0, 1]])
    np.savetxt(tmp_path / "camera-intrinsics.txt", k)
    np.savetxt(tmp_path / "frame-0.pose.txt", np.eye(4))
    colour = np.zeros((64, 96, 3), np.uint8)
    colour[30:34, 40:44] = 255
    cv2.imwrite(str(tmp_path / "frame-0.color.png"), colour)
    cv2.imwrite(str(tmp_path / "frame-0.depth.png"), np.full((64, 96), 2000, np.uint16))
    reader = reader_of(tmp_path, crops=3)
    views = reader.read(reader.units()[0]).views
    assert len(views) == 3
    truth = np.linalg.inv(k) @ [41.5, 31.5, 1]
    for number in range(3):
        v, u = (axis.mean() for axis in np.nonzero(views["rgb"][number, 0] > 128))
        seen = np.linalg.inv(views["intrinsics"][number]) @ [u, v, 1]
        assert np.allclose(seen, truth, atol=1e-3)


def test_stretches_are_scenes_with_gaps_between_them(folder: Path) -> None:
    reader = reader_of(folder, stretch=2, gap=1)
    assert [(unit.number, unit.stretch) for unit in reader.units()] == [(0, 0), (1, 0), (3, 1), (4, 1)]


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("frame-000002.depth.png", b"", "frame-000002.depth.png: is no image"),
        ("frame-000002.depth.png", None, "frame-000002.depth.png: missing"),
        ("frame-000002.pose.txt", None, "frame-000002.pose.txt: missing"),
        ("frame-000002.pose.txt", b"1 0 0 0", "is not a 4x4 matrix"),
        ("frame-000002.pose.txt", b"nan " * 16, "of finite numbers"),
        ("frame-000002.pose.txt", b"a " * 16, "not a number"),
        ("frame-000002.pose.txt", b"0 " * 16, "its rotation is not one"),
        ("frame-000002.pose.txt", b"2 0 0 0 0 .5 0 0 0 0 1 0 0 0 0 1", "its rotation is not one"),
        ("frame-000002.pose.txt", b"-1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1", "its rotation is not one"),
        ("frame-000002.color.png", b"\x89PNG\r\n\x1a\n", "frame-000002.color.png: "),
    ],
)
def test_a_bad_file_leaves_its_frame_out(folder: Path, file: str, content: bytes | None, said: str) -> None:
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_bytes(content)
    frames, faults = outcome(folder)
    assert frames == {0, 1, 3, 4, 5}
    assert len(faults) == 1
    assert said in faults[0]
    assert str(folder) not in faults[0]


def test_a_file_that_is_cut_short_leaves_its_frame_out(folder: Path) -> None:
    for name in ("frame-000001.color.png", "frame-000004.depth.png"):
        (folder / name).write_bytes((folder / name).read_bytes()[:-60])
    frames, faults = outcome(folder)
    assert frames == {0, 2, 3, 5}
    assert [fault.split(":")[0] for fault in faults] == ["frame-000001.color.png", "frame-000004.depth.png"]


def test_a_frame_of_another_size_or_depth_of_eight_bits_is_left_out(folder: Path) -> None:
    cv2.imwrite(str(folder / "frame-000001.color.png"), np.zeros((32, 64, 3), np.uint8))
    cv2.imwrite(str(folder / "frame-000003.depth.png"), np.zeros((64, 64), np.uint8))
    frames, faults = outcome(folder)
    assert frames == {0, 2, 4, 5}
    assert "is (32, 64), the sequence is (64, 64)" in faults[0]
    assert "16 bits" in faults[1]


def test_invalid_depth_is_masked_and_the_frame_is_kept(folder: Path) -> None:
    depth = cv2.imread(str(folder / "frame-000002.depth.png"), cv2.IMREAD_UNCHANGED)
    depth[:, :20], depth[:, 20:32] = 0, 65535
    cv2.imwrite(str(folder / "frame-000002.depth.png"), depth)
    cv2.imwrite(str(folder / "frame-000003.depth.png"), np.zeros((64, 64), np.uint16))
    reader = reader_of(folder)
    half, none = (reader.read(reader.units()[number]).views for number in (2, 3))
    assert not half["depth_valid"][..., :16].any()
    assert half["depth_valid"][..., 16:].all()
    assert (half["depth"][..., :16] == 0).all()
    assert not none["depth_valid"].any()


def test_depth_across_an_edge_is_near_or_far_and_nothing_between(tmp_path: Path) -> None:
    box_room.write(tmp_path, 1, size=64)
    depth = np.full((64, 64), 1000, np.uint16)
    depth[:, 31:] = 3000
    cv2.imwrite(str(tmp_path / "frame-000000.depth.png"), depth)
    reader = reader_of(tmp_path)
    metres = reader.read(reader.units()[0]).views["depth"]
    assert set(np.unique(metres.round(3)).tolist()) == {1.0, 3.0}


def test_two_colour_files_of_one_frame_are_one_frame_and_lone_depth_is_said(folder: Path) -> None:
    cv2.imwrite(str(folder / "frame-000000.color.jpg"), np.zeros((64, 64, 3), np.uint8))
    (folder / "frame-000005.color.png").unlink()
    reader = reader_of(folder)
    assert [unit.number for unit in reader.units()] == [0, 1, 2, 3, 4]
    assert reader.notes == ["1 depth files have no colour file"]


def test_the_log_names_what_is_left_out(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "frame-000002.pose.txt").unlink()
    data = prepare(reader_of(folder), 1, lambda *_: lambda _: None, tmp_path / "kept")
    assert len(data) == 5
    assert "frame-000002.pose.txt: missing" in caplog.text


def test_nothing_usable_is_an_error_that_says_what_was_wrong(folder: Path, tmp_path: Path) -> None:
    for file in folder.glob("*.pose.txt"):
        file.unlink()
    with pytest.raises(DataError, match=r"no view of the rgbd data can be used \(6 left out: .*missing"):
        prepare(reader_of(folder), 1, lambda *_: lambda _: None, tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize("spoil", ["empty", "absent", "no camera", "bad camera", "no colour"])
def test_a_folder_that_is_no_sequence_says_what_was_looked_for(folder: Path, spoil: str) -> None:
    match spoil:
        case "empty" | "no colour":
            for file in folder.glob("*" if spoil == "empty" else "*.color.png"):
                file.unlink()
        case "absent":
            folder = folder / "nowhere"
        case "no camera":
            (folder / "camera-intrinsics.txt").unlink()
        case "bad camera":
            (folder / "camera-intrinsics.txt").write_text("1 2 3")
    with pytest.raises(DataError, match=r"no frames; looked for|there is no folder|camera-intrinsics"):
        reader_of(folder).units()


def test_the_identity_follows_the_files_and_not_their_place(folder: Path, tmp_path: Path) -> None:
    import shutil

    moved = shutil.copytree(folder, tmp_path / "moved")
    assert reader_of(moved).identity() == reader_of(folder).identity()
    (moved / "frame-000002.pose.txt").unlink()
    assert reader_of(moved).identity() != reader_of(folder).identity()
    assert reader_of(folder, crops=2).identity() != reader_of(folder).identity()


def test_the_kitchen_is_read(real_data: Path) -> None:
    reader = RgbdReader(real_data / "rgbd-kitchen", SIZE)
    views = reader.read(reader.units()[50]).views
    assert len(views) == 3
    assert 0.5 < np.median(views["depth"][views["depth_valid"]]) < 5
    assert views["depth_valid"].mean() > 0.6
