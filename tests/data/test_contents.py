"""The identity of data follows what files hold."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from support import box_room
from support import taskonomy_tree as tree

from taskaffinity.data import contents
from taskaffinity.data.contents import contents_of, digest_of_file, listing_identity
from taskaffinity.data.images import ImagesReader
from taskaffinity.data.prepare import identity_of, prepare
from taskaffinity.data.reader import Batch
from taskaffinity.data.rgbd import RgbdReader
from taskaffinity.data.taskonomy import TaskonomyReader
from taskaffinity.errors import DataError

NAMES = ("a.txt", "b/c.txt")


def write(root: Path) -> Path:
    (root / "b").mkdir(parents=True)
    for name in NAMES:
        (root / name).write_text(f"content of {name}")
    return root


def change(file: Path, restore: bool = True) -> None:
    """Change one byte in place; size and time of change stay as they were."""
    told, content = file.stat(), bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(bytes(content))
    if restore:
        os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))


def remembered_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take every file for one that has not changed for long, so that digests are remembered at once."""
    monkeypatch.setattr(contents, "RACY", -3600.0)


def test_the_same_content_is_the_same_identity_wherever_it_lies(tmp_path: Path) -> None:
    one = write(tmp_path / "one")
    two = shutil.copytree(one, tmp_path / "two", copy_function=shutil.copyfile)
    cache = tmp_path / "cache"
    assert listing_identity(one, NAMES, cache) == listing_identity(two, reversed(NAMES), cache)


@pytest.mark.parametrize("remember", [True, False])
def test_a_change_of_the_same_size_and_time_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remember: bool
) -> None:
    if remember:
        remembered_long_ago(monkeypatch)
    root = write(tmp_path / "root")
    before = listing_identity(root, NAMES, tmp_path / "cache")
    change(root / "b/c.txt")
    assert listing_identity(root, NAMES, tmp_path / "cache") != before


def test_files_that_did_not_change_are_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    remembered_long_ago(monkeypatch)
    root = write(tmp_path / "root")
    reads = []
    for _ in range(2):
        with contents_of(root, tmp_path / "cache") as held:
            held.digests(NAMES)
        reads.append(held.read)
    change(root / "a.txt")
    with contents_of(root, tmp_path / "cache") as held:
        held.digests(NAMES)
    assert [*reads, held.read] == [2, 0, 1]


def test_a_file_that_changed_just_now_is_not_remembered(tmp_path: Path) -> None:
    root = write(tmp_path / "root")
    for _ in range(2):
        with contents_of(root, tmp_path / "cache") as held:
            held.digests(NAMES)
        assert held.read == 2


@pytest.mark.parametrize("content", [b"", b"nothing", None])
def test_a_damaged_memory_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    remembered_long_ago(monkeypatch)
    root = write(tmp_path / "root")
    before = listing_identity(root, NAMES, tmp_path / "cache")
    (memory,) = (tmp_path / "cache").iterdir()
    spoilt = bytearray(memory.read_bytes())
    spoilt[-40] ^= 1
    memory.write_bytes(spoilt if content is None else content)
    assert listing_identity(root, NAMES, tmp_path / "cache") == before


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    root = write(tmp_path / "root")
    (tmp_path / "file").write_text("")
    assert listing_identity(root, NAMES, tmp_path / "file" / "x") == listing_identity(
        root, NAMES, tmp_path / "cache"
    )


def test_what_is_no_file_and_what_is_missing_do_not_stop(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert digest_of_file(tmp_path / "pipe").startswith(b"no plain file")
    assert digest_of_file(tmp_path / "nothing").startswith(b"unreadable")


def rgbd(root: Path) -> RgbdReader:
    return RgbdReader(root, 32, 1, 10, 0)


def taskonomy(root: Path) -> TaskonomyReader:
    return TaskonomyReader(root, 32)


def images(root: Path) -> ImagesReader:
    return ImagesReader(root, 32)


def image_folder(root: Path) -> Path:
    for number in range(3):
        (root / "cat").mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 255, (9, 9, 3)).astype(np.uint8)
        cv2.imwrite(str(root / "cat" / f"{number}.bmp"), noise)
    return root


@pytest.mark.parametrize(
    ("write_data", "reader", "file"),
    [
        (lambda root: box_room.write(root, 3, 32), rgbd, "camera-intrinsics.txt"),
        (lambda root: box_room.write(root, 3, 32), rgbd, "frame-000001.pose.txt"),
        (lambda root: box_room.write(root, 3, 32), rgbd, "frame-000001.depth.png"),
        (image_folder, images, "cat/1.bmp"),
        (
            lambda root: tree.write(root, domains=("rgb", "normal", "point_info")),
            taskonomy,
            "point_info/ayer/point_0_view_1_domain_point_info.json",
        ),
        (
            lambda root: tree.write(root, domains=("rgb", "normal", "point_info")),
            taskonomy,
            "normal/ayer/point_0_view_1_domain_normal.png",
        ),
    ],
)
def test_any_file_of_any_reader_that_changes_in_place_changes_the_identity(
    tmp_path: Path, write_data: Callable[[Path], Path], reader: Callable[[Path], RgbdReader], file: str
) -> None:
    root = write_data(tmp_path / "root")
    before = identity_of(reader(root))
    assert identity_of(reader(root)) == before
    change(root / file)
    assert identity_of(reader(root)) != before


def test_what_was_left_out_and_is_mended_is_taken_in(tmp_path: Path) -> None:
    root = image_folder(tmp_path / "root")
    file = root / "cat/1.bmp"
    whole = file.read_bytes()
    file.write_bytes(bytes(len(whole)))
    assert len(prepare(images(root), 1, lambda *_: lambda _: None, tmp_path / "cache")) == 2
    file.write_bytes(whole)
    assert len(prepare(images(root), 1, lambda *_: lambda _: None, tmp_path / "cache")) == 3


def test_files_that_change_while_they_are_read_are_not_kept(tmp_path: Path) -> None:
    root = image_folder(tmp_path / "root")

    class Changing(ImagesReader):
        def read(self, unit: str) -> Batch:
            if unit == "cat/1.bmp":
                change(root / "cat/0.bmp")
            return super().read(unit)

    with pytest.raises(DataError, match="changed while they were read"):
        prepare(Changing(root, 32), 1, lambda *_: lambda _: None, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []
