"""Decoding the published files to channels at the size of a view.

Every function takes the central square of a picture and returns value and validity.
Axis legend: S side of the view.
"""

import io
import math
from collections.abc import Callable, Collection
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from taskaffinity.data.derive.published import (
    DEPTH_UNITS,
    EDGE_OCCLUSION_BLUR,
    MIN_CURVATURE_RADIUS,
    REFERENCE_SIDE,
    USEFUL_RANGE,
)
from taskaffinity.data.faults import UnreadableError, as_fault, read_small
from taskaffinity.data.pixels import read_stored, read_upright_colour
from taskaffinity.data.resize import nearest, shrink, shrink_depth, square_windows
from taskaffinity.data.taskonomy.classes import PLACES, SEMANTIC
from taskaffinity.data.taskonomy.headers import png_encoding

INVALID_DEPTH = 65535
FLAT = 127  # the value of no curvature
OBJECTS, ALL_PLACES = 1000, 365

Decoded = tuple[np.ndarray, np.ndarray]


def depth(image: np.ndarray, size: int) -> Decoded:
    """Return metres and validity, (1, S, S) each."""
    if image.ndim != 2 or image.dtype.itemsize < 2:
        raise UnreadableError("depth must be one channel of 16 bits")
    metres, valid = shrink_depth(image / DEPTH_UNITS, (image != INVALID_DEPTH) & (image > 0), size)
    return metres[None], valid[None]


def normal(image: np.ndarray, size: int) -> Decoded:
    """Return unit normals, (3, S, S): the file's axes are x right, y down, z forward, as ours."""
    vector = shrink(_channels(image, 3) / np.float32(127.5) - 1, size).transpose(2, 0, 1)
    length = np.linalg.norm(vector, axis=0, keepdims=True)
    valid = length > 0.1  # a mean of normals that cancel out has no direction
    return np.where(valid, vector / np.maximum(length, 0.1), 0), valid


def principal_curvature(image: np.ndarray, size: int) -> Decoded:
    """Return the two curvatures per metre, (2, S, S)."""
    scaled = shrink(_channels(image, 2).astype(np.float32), size) / FLAT - 1
    return (scaled / MIN_CURVATURE_RADIUS).transpose(2, 0, 1), _everywhere(size)


def reshading(image: np.ndarray, size: int) -> Decoded:
    """Return the mean of the channels in [0, 1], (1, S, S)."""
    grey = image.mean(axis=2) if image.ndim == 3 else image
    return (shrink(grey.astype(np.float32), size) / 255)[None], _everywhere(size)


def _map(name: str) -> Callable[[np.ndarray, int], Decoded]:
    """Make the decoder of a map that is stretched from its useful range to [0, 1], (1, S, S)."""

    def decode(image: np.ndarray, size: int) -> Decoded:
        grey = image.mean(axis=2) if image.ndim == 3 else image
        share = grey.astype(np.float32) / (255 if image.dtype.itemsize == 1 else 65535)
        if name == "edge_occlusion":
            share = gaussian_filter(share, EDGE_OCCLUSION_BLUR * share.shape[0] / REFERENCE_SIDE)
        return np.clip(shrink(share / USEFUL_RANGE[name], size), 0, 1)[None], _everywhere(size)

    return decode


def semantic(image: np.ndarray, size: int) -> Decoded:
    """Return classes (S, S), 0 where unknown."""
    if image.ndim != 2 or int(image.max()) >= len(SEMANTIC):
        raise UnreadableError(f"classes must be one channel of 0 to {len(SEMANTIC) - 1}")
    labels = nearest(image, size).astype(np.int16)
    return labels, (labels > 0)[None]


def segments(image: np.ndarray, size: int) -> Decoded:
    """Return segments (S, S); numbers have no order."""
    if image.ndim != 2:
        raise UnreadableError("segments must be one channel")
    return nearest(image.astype(np.uint16), size).astype(np.int32), _everywhere(size)


def mask(image: np.ndarray, size: int) -> np.ndarray:
    """Return where at least half of a pixel's area is valid, bool (1, S, S)."""
    grey = image.max(axis=2) if image.ndim == 3 else image
    return (shrink((grey > 0).astype(np.float32), size) >= 0.5)[None]


PICTURES: dict[str, Callable[[np.ndarray, int], Decoded]] = {
    "depth_zbuffer": depth,
    "depth_euclidean": depth,
    "normal": normal,
    "principal_curvature": principal_curvature,
    "reshading": reshading,
    "segment_semantic": semantic,
    "segment_unsup2d": segments,
    "segment_unsup25d": segments,
    **{name: _map(name) for name in USEFUL_RANGE},
}
"""The decoder of each domain of pictures; the channel is the first of the domain's."""


def colour_of(file: Path) -> np.ndarray:
    """Read a colour picture whole: uint8 (H, W, 3)."""
    png_encoding(file)
    return read_upright_colour(file)


def square_of(
    file: Path, shape: tuple[int, int] | None = None, encodings: Collection[str] | None = None
) -> np.ndarray:
    """Read a map as stored and cut out its central square.

    Parameters
    ----------
    file
        The picture.
    shape
        Height and width of the colour picture it belongs to; its own must have the same proportions.
    encodings
        How it may be stored; in any way when left out.
    """
    encoding, _ = png_encoding(file)
    if encodings is not None and encoding not in encodings:
        raise UnreadableError(f"{file.name}: is {encoding}, not {' or '.join(sorted(encodings))}")
    image = read_stored(file)
    height, width = image.shape[:2]
    if shape is not None and abs(height * shape[1] - width * shape[0]) > 0.01 * height * shape[1]:
        raise UnreadableError(f"{file.name}: is {width}x{height}, its picture {shape[1]}x{shape[0]}")
    return central_square(image)


def central_square(image: np.ndarray) -> np.ndarray:
    """Cut the central square out of (H, W[, C])."""
    top, left, side = square_windows(image.shape[0], image.shape[1], 1)[0]
    return image[top : top + side, left : left + side]


def class_of(domain: str, file: Path) -> int:
    """Return the most probable class of a ``.npy`` of logits or probabilities."""
    wanted = OBJECTS if domain == "class_object" else ALL_PLACES
    scores = _numbers(file).squeeze()
    if scores.shape != (wanted,) or not np.isfinite(scores).all():
        raise UnreadableError(f"{file.name}: is not {wanted} finite numbers")
    return int(scores.argmax() if domain == "class_object" else scores[list(PLACES)].argmax())


def _numbers(file: Path) -> np.ndarray:
    """Read the real numbers of a ``.npy``, whose header must agree with its length."""
    content = read_small(file)
    with as_fault(file, "cannot be decoded"):
        stream = io.BytesIO(content)
        version = np.lib.format.read_magic(stream)
        headers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
        shape, by_columns, dtype = headers[version](stream)
        if dtype.kind not in "fiu":
            raise ValueError(f"it holds {dtype}, not numbers")
        if math.prod(shape) * dtype.itemsize != len(content) - stream.tell():
            raise ValueError("its length is not that of its header")
        numbers = np.frombuffer(content, dtype, offset=stream.tell())
        return numbers.reshape(shape, order="F" if by_columns else "C").astype(float)


def _channels(image: np.ndarray, count: int) -> np.ndarray:
    if image.ndim != 3 or image.shape[2] < count or image.dtype.itemsize != 1:
        raise UnreadableError(f"needs {count} channels of 8 bits")
    return image[..., :count]


def _everywhere(size: int) -> np.ndarray:
    return np.ones((1, size, size), bool)
