"""Files of encodings: ``.npz``, ``.safetensors`` and ``.parquet``, by the identity of the image.

Axis legend: N images, C channels, h and w rows and columns of a map.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from taskaffinity.errors import InputError

IMAGES, ENCODINGS = "images", "encodings"  # the two arrays of a table; else one array an image, by its name
IMAGE, ENCODING = "image", "encoding"  # columns of a Parquet file

Shape = tuple[int, int, int]
Pairs = Iterator[tuple[str, np.ndarray]]


@dataclass(frozen=True)
class Summary:
    """What is in a file.

    Attributes
    ----------
    images
        The identities of its images.
    shape
        Channels, rows and columns of every encoding.
    content
        A hash of identities and values; another order or another format is the same.
    """

    images: frozenset[str]
    shape: Shape
    content: str


@dataclass(frozen=True)
class FeatureFile:
    """A file of encodings.

    Attributes
    ----------
    path
        The file; its suffix tells the format.
    flat
        Channels, rows and columns of encodings that are written as flat vectors; None for their own shape.
    """

    path: Path
    flat: Shape | None = None

    def summary(self) -> Summary:
        """Look through the file.

        Raises
        ------
        InputError
            It cannot be read, or an encoding is double, of another shape, or not finite.
        """
        if not self.path.is_file():
            raise InputError(f"file: file {self.path} does not exist")
        stat = self.path.stat()
        return _summary(self, (stat.st_mtime_ns, stat.st_size))

    def read(self, images: Sequence[str], summary: Summary) -> np.ndarray:
        """Read the encodings of images, all of which are in the file: float32 (N, C, h, w).

        Raises
        ------
        InputError
            The file changed since it was looked through.
        """
        if self.summary().content != summary.content:
            raise InputError(f"{self.path} changed while the run was going on; run the same command again")
        position = {image: index for index, image in enumerate(images)}
        values = np.empty((len(images), *summary.shape), np.float32)
        for image, value in self._shaped():
            if image in position:
                values[position[image]] = value
        return values

    def _shaped(self) -> Pairs:
        """Read every encoding as a map (C, h, w); a vector is a map of one pixel."""
        for image, value in self._pairs():
            if self.flat is not None:
                if value.size != np.prod(self.flat):
                    raise InputError(
                        f"shape: {self.path} has {value.size} values for {image}, not {self.flat}"
                    )
                value = value.reshape(self.flat)
            if value.ndim == 1:
                value = value[:, None, None]
            if value.ndim != 3 or not value.size:
                raise InputError(
                    f"file: {self.path} has an array of shape {value.shape} for {image}; "
                    "a vector (C) or a map (C, h, w) is needed"
                )
            yield image, value.astype(np.float32)

    def _pairs(self) -> Pairs:
        readers = {".npz": _of_npz, ".safetensors": _of_safetensors, ".parquet": _of_parquet}
        if self.path.suffix not in readers:
            raise InputError(f"file: {self.path} must end in {', '.join(readers)}")
        try:
            yield from readers[self.path.suffix](self.path)
        except InputError:
            raise
        except Exception:  # a file that is something else can raise anything
            raise InputError(f"file: {self.path} cannot be read as {self.path.suffix}") from None


@lru_cache(maxsize=16)
def _summary(file: FeatureFile, stamp: object) -> Summary:
    seen: Counter[str] = Counter()
    digests: dict[str, bytes] = {}
    shapes: dict[Shape, str] = {}
    broken: list[str] = []
    for image, value in file._shaped():
        seen[image] += 1
        shapes.setdefault(value.shape, image)
        digests[image] = hashlib.sha256(f"{image}{value.shape}".encode() + value.tobytes()).digest()
        if not np.isfinite(value).all():
            broken.append(image)
    _refuse(file.path, seen, shapes, broken)
    content = hashlib.sha256(b"".join(digests[image] for image in sorted(digests))).hexdigest()
    return Summary(frozenset(seen), next(iter(shapes)), content)


def _refuse(path: Path, seen: Counter[str], shapes: dict[Shape, str], broken: list[str]) -> None:
    double = [image for image, count in seen.items() if count > 1]
    if not seen:
        raise InputError(f"file: {path} has no encodings")
    if double:
        raise InputError(f"file: {path} has {len(double)} images more than once, {double[0]} first")
    if len(shapes) > 1:
        (one, first), (other, second) = list(shapes.items())[:2]
        raise InputError(
            f"file: {path} has encodings of {len(shapes)} shapes, {one} for {first} and {other} for {second}"
        )
    if broken:
        raise InputError(
            f"file: {path} has values that are no numbers for {len(broken)} images, {broken[0]} first"
        )


def _of_npz(path: Path) -> Pairs:
    with np.load(path, allow_pickle=False) as file:
        if set(file.files) == {IMAGES, ENCODINGS}:
            yield from _table(path, file[IMAGES].tolist(), file[ENCODINGS])
        else:
            names = Counter(file.files)
            yield from ((name, file[name]) for name in names.elements())


def _of_safetensors(path: Path) -> Pairs:
    from safetensors import safe_open

    with safe_open(path, "numpy") as file:
        names, metadata = list(file.keys()), file.metadata() or {}
        if names == [ENCODINGS] and IMAGES in metadata:
            yield from _table(path, json.loads(metadata[IMAGES]), file.get_tensor(ENCODINGS))
        else:
            yield from ((name, file.get_tensor(name)) for name in names)


def _of_parquet(path: Path) -> Pairs:
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    if missing := {IMAGE, ENCODING} - set(file.schema_arrow.names):
        raise InputError(f"file: {path} has no column {', '.join(sorted(missing))}")
    for batch in file.iter_batches(columns=[IMAGE, ENCODING]):
        for row in batch.to_pylist():
            yield str(row[IMAGE]), np.asarray(row[ENCODING], np.float32)


def _table(path: Path, images: Sequence[object], encodings: np.ndarray) -> Pairs:
    if len(images) != len(encodings):
        raise InputError(f"file: {path} has {len(images)} images and {len(encodings)} encodings")
    yield from zip(map(str, images), encodings, strict=True)
