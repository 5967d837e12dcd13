"""Views kept on disk: built once from a reader, then memory-mapped.

A kept data set is a folder of raw arrays, one file per channel, and ``index.json``, which is written last: a
folder without it is not a data set. Derived channels are added later, one at a time. Every file has a
checksum, which is checked when the data set is prepared, not by the workers that read it later.
"""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from taskaffinity.cache import cache_root, half_made_folder, writing
from taskaffinity.data.checked import load_record, save_record
from taskaffinity.data.reader import Batch
from taskaffinity.data.views import ViewId, Views
from taskaffinity.data.writer import ChannelWriter, StoredChannel, stored_channel
from taskaffinity.errors import DataError

__all__ = ["DataSet", "cache_root", "may_write", "open_kept", "own_copy", "own_place", "write_kept"]

FORMAT_VERSION = 2
INDEX = "index.json"


@dataclass(frozen=True)
class DataSet:
    """Views on disk, with the channels that were read and those derived since.

    Attributes
    ----------
    folder
        Its folder on disk.
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

    def stored(self, channel: str) -> StoredChannel | None:
        """Return what the file of a channel holds; None where it is not there or its record is damaged."""
        return stored_channel(self.folder, channel)

    def damaged(self, channels: Iterable[str]) -> list[str]:
        """Read the files of some channels, with all that was written together with them; name the damaged.

        A channel that is not there counts as damaged.
        """
        names: set[str] = set()
        for channel in channels:
            stored = self.stored(channel)
            names |= {channel} if stored is None else set(stored.together)
        return sorted(name for name in names if not self._is_whole(name))

    def _is_whole(self, channel: str) -> bool:
        stored = self.stored(channel)
        return (
            stored is not None
            and stored.views == len(self)
            and stored.is_whole(self.folder / f"{channel}.raw")
        )

    def _array(self, channel: str) -> np.ndarray:
        if not self.has(channel):
            raise DataError(f"data set {self.name} has no channel {channel!r}")
        stored = self.stored(channel)
        if stored is None:
            raise DataError(f"channel {channel!r} in {self.folder} is damaged; run the same command again")
        return np.memmap(self.folder / f"{channel}.raw", stored.dtype, "r", shape=(len(self), *stored.shape))

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

    def kept_arrays(self, rows: Sequence[int] | np.ndarray, channels: Iterable[str]) -> dict[str, np.ndarray]:
        """Read some channels of some rows as they are on disk: colour as uint8, masks as they are."""
        rows = np.asarray(rows, np.int64)
        return {channel: self._array(channel)[rows] for channel in channels}

    @contextmanager
    def adding(self, channels: Sequence[str], version: int = 1) -> "Iterator[ChannelWriter]":
        """Add derived channels; they appear together when the block ends well, or not at all."""
        with half_made_folder(self.folder / channels[0]) as temporary:
            writer = ChannelWriter(temporary, version)
            try:
                yield writer
                writer.close()
            finally:
                writer.abandon()
            if writer.count != len(self):
                raise DataError(f"{', '.join(channels)}: {writer.count} views derived of {len(self)}")
            with writing(self.folder):
                _move_files(temporary, self.folder)


def _as_contract(channel: str, array: np.ndarray) -> np.ndarray:
    if channel == "rgb":
        return np.divide(array, 255, dtype=np.float32)
    if channel.endswith("_valid"):
        return array.astype(bool)
    return array.astype(np.int64 if array.dtype.kind in "iu" else np.float32)


def open_kept(folder: Path) -> DataSet | None:
    """Open a kept data set; None where there is none, where its index is damaged or of an older format."""
    index = load_record(folder / INDEX)
    if index is None or index.get("format") != FORMAT_VERSION:
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
    folder: Path, described: Mapping[str, Any], batches: Iterable[Batch], advance: Callable[[int], None]
) -> None:
    """Write the batches of a reader as a kept data set; a new folder appears whole or not at all.

    Where there is a folder already, because it is damaged or another process was quicker, its files are
    replaced one by one, so that processes that are reading them are not disturbed.

    Parameters
    ----------
    folder
        Where it goes.
    described
        ``name``, ``identity``, ``classes`` and ``provides`` of the index.
    batches
        In the order of the reader's units.
    advance
        Called with the number of views after each batch.
    """
    with half_made_folder(folder) as temporary:
        writer = ChannelWriter(temporary)
        ids: list[ViewId] = []
        faults: list[str] = []
        try:
            for batch in batches:
                writer.append(batch.views.channels, len(batch.views))
                ids.extend(batch.views.ids)
                faults.extend(batch.faults)
                advance(len(batch.views))
            writer.close()
        finally:
            writer.abandon()
        index = {"format": FORMAT_VERSION, **described, "ids": [list(i) for i in ids], "faults": faults}
        with writing(folder):
            save_record(temporary / INDEX, index)
            if not _renamed(temporary, folder):
                _move_files(temporary, folder)


def _renamed(temporary: Path, folder: Path) -> bool:
    """Rename a folder; False where another one has the name."""
    try:
        temporary.rename(folder)
    except OSError:
        if folder.is_dir():
            return False
        raise
    return True


def _move_files(temporary: Path, folder: Path) -> None:
    """Move files into a folder: arrays, then what describes them, then the index."""
    order = {".raw": 0, ".json": 1}
    for file in sorted(temporary.iterdir(), key=lambda f: (f.name == INDEX, order.get(f.suffix, 0), f.name)):
        file.replace(folder / file.name)


def may_write(folder: Path) -> bool:
    """Whether this process may add files to a folder; true where there is none yet."""
    return not folder.exists() or os.access(folder, os.W_OK | os.X_OK)


def own_place(folder: Path) -> Path:
    """Return where this user keeps a data set whose folder in a shared cache is somebody else's."""
    return folder.with_name(f"{folder.name}-user-{os.getuid()}")


def own_copy(data: DataSet) -> DataSet:
    """Copy a kept data set that this user may not write to, or open the copy made before."""
    place = own_place(data.folder)
    before = open_kept(place)
    if before is not None and not before.damaged(before.provides):
        return before
    with half_made_folder(place) as temporary, writing(place):
        for file in data.folder.iterdir():
            if file.is_file():
                shutil.copyfile(file, temporary / file.name)
        if not _renamed(temporary, place):
            _move_files(temporary, place)
    return replace(data, folder=place)


def find_kept(folder: Path) -> tuple[DataSet | None, list[str]]:
    """Find a kept data set whose files are whole, in its folder or in this user's own place.

    Returns
    -------
    kept : DataSet or None
        None where there is none.
    damage : list of str
        What is damaged, a line each, where none is whole.
    """
    damage = []
    for place in (folder, own_place(folder)):
        kept = open_kept(place)
        if kept is not None:
            damaged = kept.damaged(kept.provides)
            if not damaged:
                return kept, []
            damage.append(f"{place} is damaged ({', '.join(damaged)}) and is read again")
        elif (place / INDEX).exists():
            damage.append(f"{place / INDEX} is damaged or of another version; the data are read again")
    return None, damage


def place_to_write(folder: Path) -> Path:
    """Return where this user may write the data set of a folder: there, or in a place of its own."""
    return folder if may_write(folder) else own_place(folder)
