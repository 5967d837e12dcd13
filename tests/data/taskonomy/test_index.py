"""The index: each folder listed once, each file read once, the same wherever the tree lies."""

import os
from pathlib import Path

import numpy as np
import pytest
from support import taskonomy_tree as tree

from taskaffinity.data.taskonomy import listing
from taskaffinity.data.taskonomy.domains import BIT
from taskaffinity.data.taskonomy.index import Index, index_of
from taskaffinity.errors import DataError

FEW = ("rgb", "normal", "class_scene")


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders that were listed, in turn."""
    folders: list[str] = []
    scandir = os.scandir

    def noting(path: Path) -> object:
        folders.append(str(path))
        return scandir(path)

    monkeypatch.setattr(listing.os, "scandir", noting)
    return folders


def rows(index: Index) -> list[tuple[str, int, int, int]]:
    return [
        (index.buildings[b], int(p), int(v), int(h))
        for b, p, v, h in zip(index.building, index.point, index.view, index.has, strict=True)
    ]


@pytest.mark.parametrize("layout", tree.LAYOUTS)
def test_every_layout_gives_the_same_views(tmp_path: Path, layout: str) -> None:
    one = ("ayer",) if layout == "domain" else ("ayer", "bonn")
    tree.write(tmp_path / "root", one, 2, layout, FEW)
    index = index_of(tmp_path / "root", tmp_path / "cache")
    assert len(index) == 2 * len(one)
    assert set(index.has) == {sum(BIT[name] for name in FEW)}
    assert set(index.domains()) == set(FEW)
    for (building, domain), shelf in index.shelves.items():
        wanted = tree.file_of(tmp_path / "root", domain, building, 0, 1, layout)
        assert tmp_path / "root" / shelf.file(0, 1) == wanted


def test_no_folder_is_listed_twice(tmp_path: Path, opened: list[str]) -> None:
    root = tree.write(tmp_path / "root", domains=FEW)
    (root / "rgb" / "loop").symlink_to(root / "rgb")
    (root / "rgb" / "same").symlink_to(root / "rgb" / "ayer")
    opened.clear()
    index = index_of(root, tmp_path / "cache")
    listed = [folder for folder in opened if "cache" not in folder]
    assert len(listed) == len(set(listed)) == 1 + len(FEW) * 3
    assert set(index.buildings) == {"ayer", "bonn"}
    assert len(index) == 6


def test_hidden_and_system_entries_are_passed_over(tmp_path: Path) -> None:
    root = tree.write(tmp_path / "root", domains=FEW)
    before = index_of(root, tmp_path / "cache")
    picture = tree.file_of(root, "rgb", "ayer", 0, 1)
    for name in (".ipynb_checkpoints", "@eaDir", "__MACOSX"):
        (root / "rgb" / name).mkdir()
        (root / "rgb" / name / picture.name).write_bytes(picture.read_bytes())
    (picture.parent / f"._{picture.name}").write_bytes(b"\0\5\26\7")
    after = index_of(root, tmp_path / "cache")
    assert rows(after) == rows(before)
    assert after.digest == before.digest


def test_a_file_overwritten_in_place_changes_the_digest(tmp_path: Path) -> None:
    root = tree.write(tmp_path / "root", domains=FEW)
    before = index_of(root, tmp_path / "cache").digest
    file = tree.file_of(root, "normal", "ayer", 1, 1)
    told, content = file.stat(), bytearray(file.read_bytes())
    content[60] ^= 1
    file.write_bytes(bytes(content))
    os.utime(file, ns=(told.st_atime_ns, told.st_mtime_ns))
    assert index_of(root, tmp_path / "cache").digest != before


def test_a_new_file_is_noticed(tmp_path: Path) -> None:
    root = tree.write(tmp_path / "root", domains=FEW)
    before = index_of(root, tmp_path / "cache")
    tree.write_label(tree.file_of(root, "rgb", "ayer", 40, 2), np.zeros((8, 8, 3), np.uint8))
    after = index_of(root, tmp_path / "cache")
    assert len(after) == len(before) + 1
    assert ("ayer", 40, 2, BIT["rgb"]) in rows(after)
    assert after.digest != before.digest


def test_the_digest_does_not_depend_on_where_the_tree_lies(tmp_path: Path) -> None:
    digests = {
        index_of(tree.write(tmp_path / name, domains=FEW), tmp_path / "cache").digest for name in ("a", "b")
    }
    assert len(digests) == 1


def test_domains_are_joined_on_building_point_and_view(tmp_path: Path) -> None:
    root = tree.write(tmp_path / "root", domains=FEW)
    tree.file_of(root, "normal", "ayer", 1, 1).unlink()
    tree.file_of(root, "rgb", "bonn", 0, 1).unlink()
    has = {(b, p): h for b, p, _, h in rows(index_of(root, tmp_path / "cache"))}
    assert has["ayer", 1] == BIT["rgb"] | BIT["class_scene"]
    assert has["bonn", 0] == BIT["normal"] | BIT["class_scene"]
    assert has["ayer", 0] == has["bonn", 1] == BIT["rgb"] | BIT["class_scene"] | BIT["normal"]


def test_tiny_files_and_broken_links_are_marked(tmp_path: Path) -> None:
    root = tree.write(tmp_path / "root", domains=FEW)
    tree.file_of(root, "normal", "ayer", 1, 1).write_bytes(b"x" * 99)
    link = tree.file_of(root, "normal", "ayer", 2, 1)
    link.unlink()
    link.symlink_to("nowhere")
    index = index_of(root, tmp_path / "cache")
    assert index.small.tolist() == [0, BIT["normal"], BIT["normal"], 0, 0, 0]
    assert index.with_file("normal").tolist() == [True, False, False, True, True, True]


def test_what_is_passed_over_is_counted(tmp_path: Path) -> None:
    root = tree.write(tmp_path / "root", domains=FEW)
    (root / "rgb" / "ayer" / "notes.txt").write_text("x")
    (root / "nonfixated_matches").mkdir()
    (root / "nonfixated_matches" / "point_1_view_1_domain_nonfixated_matches.json").write_text("{}")
    unused = index_of(root, tmp_path / "cache").unused
    assert unused == {"rgb/ayer: .txt": 1, "nonfixated_matches: nonfixated_matches": 1}


def test_of_two_endings_in_one_folder_the_fuller_counts(tmp_path: Path) -> None:
    root = tree.write(tmp_path / "root", domains=("rgb", "point_info"))
    folder = root / "point_info" / "ayer"
    (folder / "point_0_view_1_domain_fixatedpose.json").write_text("{}")
    index = index_of(root, tmp_path / "cache")
    assert index.shelves["ayer", "point_info"].suffix == "point_info"
    assert index.unused == {"point_info/ayer: fixatedpose": 1}


def test_a_missing_root_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no folder"):
        index_of(tmp_path / "nowhere", tmp_path / "cache")
