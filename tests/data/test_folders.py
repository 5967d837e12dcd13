"""What an image folder's folders and files are taken for, and what is passed over."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from taskaffinity.data.folders import walk
from taskaffinity.data.images import ImagesReader
from taskaffinity.data.meaning import part_of


def put(root: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 255, (9, 9, 3)).astype(np.uint8)
        cv2.imwrite(str(root / name), noise)
    return root


def tree(root: Path, splits: tuple[str, ...], classes: tuple[str, ...], swapped: bool = False) -> Path:
    for split in splits:
        for name in classes:
            put(root, f"{name}/{split}/{split}.png" if swapped else f"{split}/{name}/0.png")
    return root


def labels(reader: ImagesReader) -> dict[str, str]:
    (channel, names), *_ = reader.classes.items()
    numbers = {unit: int(reader.read(unit).views[channel][0]) for unit in reader.units()}
    return {unit: names[number] if number >= 0 else "" for unit, number in numbers.items()}


@pytest.mark.parametrize(
    ("names", "part"),
    [
        (("train", "Training", "train2017", "train_images", "TRAIN-set"), "train"),
        (("val", "valid", "validation", "dev", "val2017"), "val"),
        (("test", "testing", "test-images"), "test"),
        (("cat", "trainer", "locomotive_train", "tests_of_time", "devil", "v"), None),
    ],
)
def test_names_of_splits(names: tuple[str, ...], part: str | None) -> None:
    assert {part_of(name) for name in names} == {part}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("splits", [("train", "val", "test"), ("train", "val"), ("training", "testing")])
@pytest.mark.parametrize("wrapper", ["", "data set/images"])
def test_splits_are_splits_and_what_is_below_or_above_is_the_class(
    tmp_path: Path, splits: tuple[str, ...], swapped: bool, wrapper: str
) -> None:
    tree(tmp_path / wrapper, splits, ("cat", "dog"), swapped)
    reader = ImagesReader(tmp_path, 32)
    assert reader.classes == {"object_class": ["cat", "dog"]}
    for unit, name in labels(reader).items():
        assert f"{name}/" in unit
        assert f"{reader.splits[unit]}" in unit
    assert any("splits" in note for note in reader.notes)


def test_splits_without_classes(tmp_path: Path) -> None:
    reader = ImagesReader(put(tmp_path, "train/a.png", "train/b.png", "val/c.png", "test/d.png"), 32)
    assert reader.classes == {}
    assert reader.splits == {
        "train/a.png": "train",
        "train/b.png": "train",
        "val/c.png": "val",
        "test/d.png": "test",
    }


def test_test_images_without_class_are_read_without_one(tmp_path: Path) -> None:
    reader = ImagesReader(put(tmp_path, "train/cat/a.png", "train/dog/b.png", "test/c.png"), 32)
    assert labels(reader) == {"train/cat/a.png": "cat", "train/dog/b.png": "dog", "test/c.png": ""}
    assert any("without one" in note for note in reader.notes)


def test_what_lies_beside_splits_is_left_out_which_is_said(tmp_path: Path) -> None:
    reader = ImagesReader(put(tmp_path, "train/cat/a.png", "test/cat/b.png", "extra/c.png", "d.png"), 32)
    assert reader.units() == ["test/cat/b.png", "train/cat/a.png"]
    assert any("extra" in note and "left out" in note for note in reader.notes)


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    reader = ImagesReader(put(tmp_path, "train/a.png", "bus/b.png", "car/c.png"), 32)
    assert reader.classes == {"object_class": ["bus", "car", "train"]}
    assert reader.splits == {}


def test_a_folder_without_a_photograph_is_no_class(tmp_path: Path) -> None:
    put(tmp_path, "cat/a.png", "dog/b.png")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "notes.txt").write_text("x")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.png").write_bytes(b"no picture")
    reader = ImagesReader(tmp_path, 32)
    assert reader.classes == {"object_class": ["cat", "dog"]}
    assert any("broken" in note for note in reader.notes)
    assert any(".txt (1)" in note for note in reader.notes)
    assert reader.read("broken/a.png").faults == ["broken/a.png: is no image"]


def test_loose_images_take_the_classes_away_which_is_said(tmp_path: Path) -> None:
    reader = ImagesReader(put(tmp_path, "cat/a.png", "dog/b.png", "cover.png"), 32)
    assert reader.classes == {}
    assert any("cover.png" in note and "no classes" in note for note in reader.notes)


def test_folders_of_masks_are_doubted(tmp_path: Path) -> None:
    reader = ImagesReader(put(tmp_path, "images/a.png", "masks/a.png"), 32)
    assert any("masks" in note and "labels" in note for note in reader.notes)


def test_hidden_and_system_entries_are_passed_over(tmp_path: Path) -> None:
    put(
        tmp_path,
        "cat/a.png",
        "dog/b.png",
        ".ipynb_checkpoints/a.png",
        "__MACOSX/cat/a.png",
        "cat/@eaDir/a.png",
    )
    put(tmp_path, "lost+found/a.png", "cat/.thumbs/a.png", "$RECYCLE.BIN/a.png")
    for name in ("._cover.png", "cat/._a.png", "cat/Thumbs.db", ".DS_Store"):
        (tmp_path / name).write_bytes(b"\0\5\26\7")
    reader = ImagesReader(tmp_path, 32)
    assert reader.units() == ["cat/a.png", "dog/b.png"]
    assert reader.classes == {"object_class": ["cat", "dog"]}
    (note,) = [note for note in reader.notes if "hidden" in note]
    assert "__MACOSX" in note


def test_endings_that_are_not_read_are_counted(tmp_path: Path) -> None:
    put(tmp_path, "a.png")
    for name in ("b.HEIC", "c.heic", "d.gif", "README"):
        (tmp_path / name).write_bytes(b"")
    tree_of_files = walk(tmp_path)
    assert tree_of_files.pictures == ["a.png"]
    assert tree_of_files.endings == {".heic": 2, ".gif": 1, "no ending": 1}


def test_links_to_folders_are_followed_once_and_loops_end(tmp_path: Path) -> None:
    put(tmp_path / "elsewhere", "cat/a.png", "cat/b.png")
    root = put(tmp_path / "root", "dog/c.png")
    (root / "cat").symlink_to(tmp_path / "elsewhere" / "cat")
    (root / "katze").symlink_to(tmp_path / "elsewhere" / "cat")
    (root / "dog" / "up").symlink_to(root)
    (root / "hound").symlink_to(root / "dog")
    (root / "nothing").symlink_to("nowhere")
    (root / "itself").symlink_to("itself")
    (root / "dog" / "same.png").symlink_to(root / "dog" / "c.png")
    reader = ImagesReader(root, 32)
    assert reader.units() == ["cat/a.png", "cat/b.png", "dog/c.png"]
    assert reader.classes == {"object_class": ["cat", "dog"]}
    said = "\n".join(reader.notes)
    for name in ("katze", "dog/up", "hound", "nothing", "itself", "dog/same.png"):
        assert name in said


def test_a_linked_root_is_read(tmp_path: Path) -> None:
    put(tmp_path / "real", "cat/a.png", "dog/b.png")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert len(ImagesReader(tmp_path / "link", 32).units()) == 2


def test_names_that_a_terminal_would_act_on_are_escaped(tmp_path: Path) -> None:
    from taskaffinity.data.doctor import examine

    put(tmp_path, "cat/a.png", "dog/b.png")
    (tmp_path / "cat" / "\x1b[2J\nnote: fine.png").write_bytes(b"x")
    findings = examine(tmp_path, "images", lambda *_: lambda _: None)
    assert all(line.isprintable() for line in findings.lines())
    assert any("\\x1b[2J\\nnote" in line for line in findings.lines())
