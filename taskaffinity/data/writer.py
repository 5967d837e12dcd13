"""Writing channels to disk: one raw file a channel, and beside it a record of what it holds."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from taskaffinity.cache import writing
from taskaffinity.data.checked import checksum, checksum_of_file, load_record, save_record
from taskaffinity.errors import DataError


@dataclass(frozen=True)
class StoredChannel:
    """What the raw file of a channel holds.

    Attributes
    ----------
    dtype
        NumPy's name of the type, with its byte order.
    shape
        Of one view.
    views
        How many views there are.
    checksum
        CRC-32 of the whole file.
    version
        Of the derivation that made it; 0 where it was read.
    together
        All channels that were written with it, such as a label and its mask.
    """

    dtype: str
    shape: tuple[int, ...]
    views: int
    checksum: int
    version: int
    together: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """The size of the raw file."""
        return self.views * int(np.prod(self.shape, dtype=np.int64)) * np.dtype(self.dtype).itemsize

    def is_whole(self, raw: Path) -> bool:
        """Read the raw file once, and tell whether it is what was written."""
        try:
            with raw.open("rb") as stream:
                if stream.seek(0, 2) != self.bytes:
                    return False
                stream.seek(0)
                return checksum_of_file(stream, self.bytes) == self.checksum
        except OSError:
            return False


def stored_channel(folder: Path, channel: str) -> StoredChannel | None:
    """Read what a channel's raw file holds; None where there is no such channel, or its record is damaged."""
    record = load_record(folder / f"{channel}.json")
    if record is None:
        return None
    try:
        return StoredChannel(**record | {name: tuple(record[name]) for name in ("shape", "together")})
    except (KeyError, TypeError):  # of an earlier format
        return None


class ChannelWriter:
    """Appends batches of channels to raw files; nothing is held in memory.

    Attributes
    ----------
    folder
        Where the files go.
    count
        How many views were written.
    version
        Of the derivation that makes them; 0 where they are read.
    """

    def __init__(self, folder: Path, version: int = 0) -> None:
        self.folder, self.version = folder, version
        self.count = 0
        self._files: dict[str, BinaryIO] = {}
        self._types: dict[str, tuple[str, tuple[int, ...]]] = {}
        self._sums: dict[str, int] = {}

    def append(self, channels: Mapping[str, np.ndarray], count: int) -> None:
        """Append `count` views; every batch must bring the same channels in the same shapes."""
        if not count:
            return
        with writing(self.folder.parent):
            for name, array in channels.items() if not self._files else ():
                self._types[name] = (array.dtype.str, array.shape[1:])
                self._files[name] = (self.folder / f"{name}.raw").open("wb")
            for name, (dtype, shape) in self._types.items():
                self._append(name, np.ascontiguousarray(channels[name], dtype), (count, *shape))
        self.count += count

    def _append(self, name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
        if array.shape != shape:
            raise DataError(f"channel {name!r} came as {array.shape}, expected {shape}")
        content = array.reshape(-1).view(np.uint8).data
        self._sums[name] = checksum(content, self._sums.get(name, 0))
        self._files[name].write(content)

    def close(self) -> None:
        """Flush the arrays, and write what they are."""
        with writing(self.folder.parent):
            for file in self._files.values():
                file.close()
            for name, (dtype, shape) in self._types.items():
                save_record(self.folder / f"{name}.json", self._record(name, dtype, shape))

    def _record(self, name: str, dtype: str, shape: tuple[int, ...]) -> dict[str, Any]:
        together = tuple(sorted(self._types))
        stored = StoredChannel(dtype, shape, self.count, self._sums[name], self.version, together)
        return asdict(stored) | {"shape": list(shape), "together": list(together)}

    def abandon(self) -> None:
        """Close what is open after a failure."""
        for file in self._files.values():
            try:
                file.close()
            except OSError:  # what was left in its buffer did not fit either
                continue
