"""The reader of image folders."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from taskaffinity.data.images import ImagesReader
from taskaffinity.errors import DataError

SIZE = 32


def put(file: Path, shape: tuple[int, int] = (40, 60), value: int = 90) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    image = np.random.default_rng(value).integers(0, 255, (*shape, 3)).astype(np.uint8)
    cv2.imwrite(str(file), image)
    return file


def test_sub_folders_are_classes(tmp_path: Path) -> None:
    for name in ("cat/a.png", "cat/deep/b.png", "dog/c.jpg"):
        put(tmp_path / name)
    reader = ImagesReader(tmp_path, SIZE)
    assert reader.classes == {"object_class": ["cat", "dog"]}
    assert reader.provides == {"rgb", "object_class"}
    labels = {unit: int(reader.read(unit).views["object_class"][0]) for unit in reader.units()}
    assert labels == {"cat/a.png": 0, "cat/deep/b.png": 0, "dog/c.jpg": 1}
    assert ImagesReader(tmp_path, SIZE, "scene").provides == {"rgb", "scene_class"}


@pytest.mark.parametrize("names", [("a.png", "b.png"), ("cat/a.png", "b.png"), ("cat/a.png", "cat/b.png")])
def test_without_two_classes_there_are_none(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name in names:
        put(tmp_path / name)
    assert ImagesReader(tmp_path, SIZE).classes == {}


def test_the_central_square_is_taken(tmp_path: Path) -> None:
    image = np.zeros((32, 96, 3), np.uint8)
    image[:, 32:64] = 255
    cv2.imwrite(str(tmp_path / "a.png"), image)
    views = ImagesReader(tmp_path, SIZE).read("a.png").views
    assert views["rgb"].dtype == np.uint8
    assert (views["rgb"] == 255).all()


@pytest.mark.parametrize("stored", ["grey", "alpha", "palette"])
def test_every_kind_of_picture_becomes_three_channels(tmp_path: Path, stored: str) -> None:
    from PIL import Image

    mode = {"grey": "L", "alpha": "RGBA", "palette": "P"}[stored]
    Image.new("RGB", (40, 40), (200, 10, 10)).convert(mode).save(tmp_path / "a.png")
    assert ImagesReader(tmp_path, SIZE).read("a.png").views["rgb"].shape == (1, 3, SIZE, SIZE)


@pytest.mark.parametrize("content", [b"", b"no image at all", None])
def test_a_bad_file_is_named_and_left_out(tmp_path: Path, content: bytes | None) -> None:
    file = put(tmp_path / "cat" / "a.png")
    file.write_bytes(file.read_bytes()[:-100] if content is None else content)
    batch = ImagesReader(tmp_path, SIZE).read("cat/a.png")
    assert len(batch.views) == 0
    (fault,) = batch.faults
    assert fault.startswith("cat/a.png: ")
    assert str(tmp_path) not in fault


def test_an_empty_or_missing_folder_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no images; looked for"):
        ImagesReader(tmp_path, SIZE).units()
    with pytest.raises(DataError, match="no folder"):
        ImagesReader(tmp_path / "nowhere", SIZE).units()
