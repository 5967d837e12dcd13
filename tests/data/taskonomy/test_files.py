"""Headers, splits and the decoding of single files."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from taskaffinity.data.faults import UnreadableError
from taskaffinity.data.taskonomy import decode
from taskaffinity.data.taskonomy.classes import PLACES
from taskaffinity.data.taskonomy.headers import png_encoding
from taskaffinity.data.taskonomy.splits import read_splits
from taskaffinity.errors import DataError

HEAD = "id,train,val,test\n"


@pytest.mark.parametrize(
    ("image", "encoding"),
    [
        (np.zeros((6, 9), np.uint8), "8-bit grey"),
        (np.zeros((6, 9, 3), np.uint8), "8-bit colour"),
        (np.zeros((6, 9), np.uint16), "16-bit grey"),
    ],
)
def test_a_header_says_how_a_picture_is_stored(tmp_path: Path, image: np.ndarray, encoding: str) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), image)
    assert png_encoding(tmp_path / "a.png") == (encoding, (6, 9))


def test_a_picture_that_is_cut_short_is_found_by_its_end(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((64, 64), np.uint16))
    content = (tmp_path / "a.png").read_bytes()
    for length, said in ((-1, "is cut short"), (40, "is cut short"), (9, "is no PNG"), (0, "is no PNG")):
        short = content[:length]
        (tmp_path / "a.png").write_bytes(short)
        with pytest.raises(UnreadableError, match=f"a.png: {said}"):
            png_encoding(tmp_path / "a.png")
    with pytest.raises(UnreadableError, match=r"b\.png"):
        png_encoding(tmp_path / "b.png")


def test_published_split_files_are_read_whatever_their_line_ends(tmp_path: Path) -> None:
    for end in ("\r", "\n", "\r\n"):
        lines = ["id,train,val,test", "Ayer,1,0,0", "bonn,0,0,1", ""]
        (tmp_path / "s.csv").write_bytes(end.join(lines).encode())
        assert read_splits(tmp_path / "s.csv") == {"ayer": "train", "bonn": "test"}


@pytest.mark.parametrize(
    "content", ["", "a,b\n1,2", HEAD + "x,1,1,0", HEAD + "x,0,0,0", HEAD + "x,1,0,0\nX,1,0,0"]
)
def test_a_split_file_that_says_too_little_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "s.csv").write_text(content)
    with pytest.raises(DataError, match=r"data\.splits"):
        read_splits(tmp_path / "s.csv")
    with pytest.raises(DataError, match=r"data\.splits"):
        read_splits(tmp_path / "missing.csv")


def test_depth_must_have_sixteen_bits() -> None:
    with pytest.raises(UnreadableError, match="16 bits"):
        decode.depth(np.zeros((64, 64), np.uint8), 64)


def test_maps_of_eight_and_sixteen_bits_decode_alike() -> None:
    share = np.linspace(0, 0.05, 64)[None].repeat(64, axis=0)
    fine, coarse = (np.rint(share * top).astype(kind) for top, kind in ((65535, np.uint16), (255, np.uint8)))
    one, two = (decode.PICTURES["edge_texture"](image, 64)[0] for image in (fine, coarse))
    assert np.abs(one - two).max() < 0.5 / 255 / 0.08 + 1e-3
    assert one.max() == pytest.approx(0.05 / 0.08, abs=1e-3)


def test_classes_per_pixel_beyond_the_list_are_refused() -> None:
    with pytest.raises(UnreadableError, match="0 to 17"):
        decode.semantic(np.full((64, 64), 18, np.uint8), 64)


def test_labels_without_order_are_never_averaged() -> None:
    image = np.where(np.arange(512) % 2, 3, 201)[None].repeat(512, axis=0).astype(np.uint8)
    assert set(np.unique(decode.segments(image, 64)[0])) <= {3, 201}


def test_the_place_is_the_best_of_the_sixty_three(tmp_path: Path) -> None:
    scores = np.full(365, 0.001)
    scores[0], scores[45] = 0.5, 0.2  # an airfield is none of them; a bathroom is
    np.save(tmp_path / "p.npy", scores)
    assert len(PLACES) == 63
    assert list(PLACES.values())[decode.class_of("class_scene", tmp_path / "p.npy")] == "bathroom"


@pytest.mark.parametrize("scores", [np.zeros(10), np.full(365, np.nan), np.zeros((2, 365))])
def test_scores_that_are_none_are_refused(tmp_path: Path, scores: np.ndarray) -> None:
    np.save(tmp_path / "p.npy", scores)
    with pytest.raises(UnreadableError, match=r"p\.npy: is not 365"):
        decode.class_of("class_scene", tmp_path / "p.npy")
