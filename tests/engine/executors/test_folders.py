import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from taskaffinity.cache import HALF_MADE
from taskaffinity.engine.executors.folders import Piece, find, manifest_of, pieces_of, unpack
from taskaffinity.errors import DataError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sent"
    folder.mkdir()
    (folder / "rgb.raw").write_bytes(os.urandom(1000))
    (folder / "index.json").write_text("{}")
    (folder / "depth.v1").touch()
    (folder / ".adding-x").mkdir()
    return folder


def never() -> Iterator[Piece]:
    raise AssertionError("asked for what is there")


@pytest.mark.parametrize("size", [1, 7, 1000, 2**20])
def test_what_arrives_is_what_was_sent(folder: Path, tmp_path: Path, size: int):
    manifest = manifest_of(folder, "x")
    arrived = unpack(manifest, lambda: pieces_of(manifest, size), tmp_path / "cache")
    names = {"rgb.raw", "index.json", "depth.v1"}
    assert {file.name for file in arrived.iterdir() if not file.name.startswith(".")} == names
    assert all((arrived / name).read_bytes() == (folder / name).read_bytes() for name in names)


def test_nothing_travels_twice_nor_where_the_senders_folder_is_seen(folder: Path, tmp_path: Path):
    manifest = manifest_of(folder, "x")
    arrived = unpack(manifest, lambda: pieces_of(manifest), tmp_path / "cache")
    assert unpack(manifest, never, tmp_path / "cache") == arrived
    assert find(manifest, tmp_path / "cache") == folder
    (folder / "rgb.raw").unlink()
    assert find(manifest, tmp_path / "cache") == arrived
    assert find(manifest, tmp_path / "other") is None


def test_another_content_has_another_place(folder: Path, tmp_path: Path):
    before = manifest_of(folder, "x")
    assert manifest_of(folder, "y").key != before.key
    (folder / "normal.raw").write_bytes(b"12")
    assert manifest_of(folder, "x").key != before.key


def test_half_a_folder_is_refused_and_a_damaged_one_made_anew(folder: Path, tmp_path: Path):
    manifest, root = manifest_of(folder, "x"), tmp_path / "cache"
    with pytest.raises(DataError, match="not whole; run the same command again"):
        unpack(manifest, lambda: iter([("rgb.raw", b"too short")]), root)
    assert find(manifest, root) == folder
    assert [file for file in root.iterdir() if not file.name.endswith(".lock")] == []
    arrived = unpack(manifest, lambda: pieces_of(manifest), root)
    (arrived / "rgb.raw").write_bytes(b"cut")
    assert unpack(manifest, lambda: pieces_of(manifest), root) == arrived
    assert (arrived / "rgb.raw").stat().st_size == 1000


@pytest.mark.parametrize("damage", ["flipped", "checksums lost", "checksums spoilt"])
def test_a_received_folder_of_the_right_sizes_that_is_damaged_is_sent_again(
    folder: Path, tmp_path: Path, damage: str
):
    manifest, root = manifest_of(folder, "x"), tmp_path / "cache"
    sent = {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}
    arrived = unpack(manifest, lambda: pieces_of(manifest), root)
    content = bytearray((arrived / "rgb.raw").read_bytes())
    match damage:
        case "flipped":
            content[500] ^= 1
            (arrived / "rgb.raw").write_bytes(content)
        case "checksums lost":
            (arrived / ".checksums.json").unlink()
        case _:
            (arrived / ".checksums.json").write_text("[1")
    pieces = list(pieces_of(manifest))
    (folder / "index.json").unlink()  # the sender's folder is not seen from here
    assert find(manifest, root) is None
    again = unpack(manifest, lambda: iter(pieces), root)
    assert {name: (again / name).read_bytes() for name in sent} == sent
    assert find(manifest, root) == again


def test_what_a_killed_worker_left_half_received_is_removed(folder: Path, tmp_path: Path):
    manifest, root = manifest_of(folder, "x"), tmp_path / "cache"
    (root / f"{HALF_MADE}{manifest.key}-00").mkdir(parents=True)
    (root / f"{HALF_MADE}{manifest.key}-00" / "rgb.raw").write_bytes(b"half")
    unpack(manifest, lambda: pieces_of(manifest), root)
    assert not list(root.glob(f"{HALF_MADE}*"))
