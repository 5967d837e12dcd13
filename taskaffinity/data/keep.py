"""Views kept on disk: built once from a reader, then memory-mapped.

A kept data set is a folder of raw arrays, one file a channel, with ``index.json`` beside them, written last:
a folder without it is not a data set. Derived channels are added to it later, one at a time.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from taskaffinity.data.views import ViewId, Views
from taskaffinity.errors import DataError

FORMAT_VERSION = 1
INDEX = "index.json"


def cache_root() -> Path:
    """Return the folder for data that can be made again: ``TASKAFFINITY_CACHE``, or the user's cache."""
    chosen = os.environ.get("TASKAFFINITY_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "taskaffinity"


@dataclass(frozen=True)
class DataSet:
    """Views on disk, with the channels that were read and those derived since.

    Attributes
    ----------
    folder
        Where it lies.
    name
        What the data set is called.
    identity
        A hash of what its views depend on.
    ids
        The identity of each view; a row is a position in this list.
    classes
        Names of classes by channel.
    provides
        The channels that were read.
    faults
        One line for each file that was left out.
    splits
        Which of ``train``, ``val`` and ``test`` a scene belongs to, where the data set says so.
    """

    folder: Path
    name: str
    identity: str
    ids: Sequence[ViewId]
    classes: Mapping[str, Sequence[str]]
    provides: frozenset[str]
    faults: Sequence[str]
    splits: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def size(self) -> tuple[int, int]:
        """Height and width of the images, pixels."""
        height, width = self._array("rgb").shape[-2:]
        return int(height), int(width)

    def has(self, channel: str) -> bool:
        """Whether a channel is on disk, read or derived."""
        return (self.folder / f"{channel}.json").is_file()

    def _array(self, channel: str) -> np.ndarray:
        described = self.folder / f"{channel}.json"
        if not described.is_file():
            raise DataError(f"data set {self.name} has no channel {channel!r}")
        shape = json.loads(described.read_text())
        return np.memmap(
            self.folder / f"{channel}.raw", shape["dtype"], "r", shape=(len(self), *shape["shape"])
        )

    def read(self, rows: Sequence[int] | np.ndarray, channels: Iterable[str]) -> Views:
        """Read some channels of some rows, with their validity masks.

        Returns
        -------
        Views
            Copies in memory, typed as the View contract says.
        """
        rows = np.asarray(rows, np.int64)
        wanted = list(dict.fromkeys(channels))
        wanted += [f"{c}_valid" for c in wanted if self.has(f"{c}_valid")]
        arrays = {channel: _as_contract(channel, self._array(channel)[rows]) for channel in wanted}
        return Views([self.ids[row] for row in rows], arrays)

    @contextmanager
    def adding(self, channels: Sequence[str]) -> "Iterator[ChannelWriter]":
        """Add derived channels; they appear together when the block ends well, or not at all."""
        writer = ChannelWriter(Path(tempfile.mkdtemp(prefix=".adding-", dir=self.folder)))
        try:
            yield writer
            writer.close()
            if writer.count != len(self):
                raise DataError(f"{', '.join(channels)}: {writer.count} views derived of {len(self)}")
            for file in sorted(writer.folder.iterdir(), key=lambda f: f.suffix == ".json"):
                file.replace(self.folder / file.name)
        finally:
            shutil.rmtree(writer.folder, ignore_errors=True)


def _as_contract(channel: str, array: np.ndarray) -> np.ndarray:
    if channel == "rgb":
        return np.divide(array, 255, dtype=np.float32)
    if channel.endswith("_valid"):
        return array.astype(bool)
    return array.astype(np.int64 if array.dtype.kind in "iu" else np.float32)


class ChannelWriter:
    """Appends batches of channels to raw files; nothing is held in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self._files: dict[str, Any] = {}
        self._shapes: dict[str, dict[str, Any]] = {}

    def append(self, channels: Mapping[str, np.ndarray], count: int) -> None:
        """Append `count` views; every batch must bring the same channels in the same shapes."""
        if not count:
            return
        if not self._files:
            for name, array in channels.items():
                self._shapes[name] = {"dtype": array.dtype.str, "shape": list(array.shape[1:])}
                self._files[name] = (self.folder / f"{name}.raw").open("wb")
        for name, described in self._shapes.items():
            array = np.ascontiguousarray(channels[name], described["dtype"])
            if list(array.shape[1:]) != described["shape"] or len(array) != count:
                raise DataError(f"channel {name!r} came as {array.shape}, expected {described['shape']}")
            self._files[name].write(array)
        self.count += count

    def close(self) -> None:
        """Flush the arrays and write what they are."""
        for file in self._files.values():
            file.close()
        for name, described in self._shapes.items():
            (self.folder / f"{name}.json").write_text(json.dumps(described))


def open_kept(folder: Path) -> DataSet | None:
    """Open a kept data set; None where there is none, or one of an older format."""
    try:
        index = json.loads((folder / INDEX).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    if index.get("format") != FORMAT_VERSION:
        return None
    return DataSet(
        folder,
        index["name"],
        index["identity"],
        [ViewId(*entry) for entry in index["ids"]],
        index["classes"],
        frozenset(index["provides"]),
        index["faults"],
        index.get("splits", {}),
    )


def write_kept(
    folder: Path, described: Mapping[str, Any], batches: "Iterable[Any]", advance: Callable[[int], None]
) -> None:
    """Write the batches of a reader as a kept data set; the folder appears whole or not at all.

    Parameters
    ----------
    folder
        Where it shall lie.
    described
        ``name``, ``identity``, ``classes`` and ``provides`` of the index.
    batches
        `taskaffinity.data.reader.Batch` in the order of the reader's units.
    advance
        Called with the number of views after each batch.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        writer, ids, faults = ChannelWriter(temporary), [], []
        for batch in batches:
            writer.append(batch.views.channels, len(batch.views))
            ids.extend(batch.views.ids)
            faults.extend(batch.faults)
            advance(len(batch.views))
        writer.close()
        index = {"format": FORMAT_VERSION, **described, "ids": ids, "faults": faults}
        (temporary / INDEX).write_text(json.dumps(index), "utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
