"""Reading image files strictly: a file that is cut short is a fault, never half a picture."""

import hashlib
import warnings
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"})


class UnreadableError(Exception):
    """A file that cannot be used, and why."""


def read_image(path: Path, mode: str | None = None) -> np.ndarray:
    """Decode an image completely.

    Parameters
    ----------
    path
        The file.
    mode
        Pillow's mode to convert to (``RGB``); as stored when left out.

    Raises
    ------
    UnreadableError
        The file is missing, cut short or no image.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                return np.array(image.convert(mode) if mode else image)
    except FileNotFoundError:
        raise UnreadableError(f"{path.name}: missing") from None
    except Exception as error:  # decoders raise whatever they please on broken files
        raise UnreadableError(f"{path.name}: cannot be decoded ({error})") from None


def square_windows(height: int, width: int, count: int) -> list[tuple[int, int, int]]:
    """Place square windows of the full shorter side along the longer one: (top, left, side) each.

    One window is the centre; several are spread evenly from end to end. A square image has one place only.
    """
    side = min(height, width)
    spare = max(height, width) - side
    offsets = np.linspace(0, spare, count) if count > 1 else np.array([spare / 2])
    places = dict.fromkeys(int(round(offset)) for offset in offsets)
    return [(offset, 0, side) if height > width else (0, offset, side) for offset in places]


def shrink(image: np.ndarray, size: int) -> np.ndarray:
    """Resize (H, W[, C]) to `size` squared; by area when it gets smaller."""
    method = cv2.INTER_AREA if image.shape[0] >= size else cv2.INTER_LINEAR
    return cv2.resize(image, (size, size), interpolation=method)


def listing_identity(root: Path, files: Iterable[Path]) -> str:
    """Hash the names and sizes of files below a folder, wherever the folder lies."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(root).as_posix()}\0{file.stat().st_size}\n".encode())
    return digest.hexdigest()[:16]
