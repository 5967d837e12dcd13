"""Files with a checksum of their content, so that damage is noticed when they are opened.

CRC-32 finds every burst of up to 32 flipped bits and all but one in four thousand million of other damage, at
the speed of reading. It does not protect from somebody who changes a file on purpose.
"""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from taskaffinity.cache import whole_file

BLOCK = 2**22  # bytes read at a time
SEAL = b"\ncrc32 "  # what the last 15 bytes of a sealed array begin with
SEAL_LENGTH = len(SEAL) + 8


def checksum(content: bytes | memoryview, before: int = 0) -> int:
    """Return the CRC-32 of some content after content whose CRC-32 is `before`."""
    return zlib.crc32(content, before)


def checksum_of_file(stream: BinaryIO, length: int) -> int:
    """Return the CRC-32 of the next `length` bytes of a file, or of what there is of them."""
    result = 0
    while length > 0 and (block := stream.read(min(BLOCK, length))):
        result = checksum(block, result)
        length -= len(block)
    return result


class _Summing:
    """Passes bytes on to a file and sums them up."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self.sum = stream, 0

    def write(self, content: bytes | memoryview) -> int:
        self.sum = checksum(content, self.sum)
        return self._stream.write(content)


def save_array(file: Path, array: np.ndarray) -> None:
    """Write an array as ``.npy`` with its checksum behind it; the file appears whole or not at all.

    Raises
    ------
    OSError
        It cannot be written.
    """
    with whole_file(file) as stream:
        summing = _Summing(stream)
        np.lib.format.write_array(summing, array, allow_pickle=False)
        stream.write(SEAL + f"{summing.sum:08x}".encode())


def map_array(file: Path) -> np.ndarray | None:
    """Map an array that `save_array` wrote; None where there is none, or where it is damaged.

    The whole file is read once to check it.
    """
    try:
        with file.open("rb") as stream:
            length = stream.seek(0, 2) - SEAL_LENGTH
            if length < 0:
                return None
            stream.seek(0)
            seal = SEAL + f"{checksum_of_file(stream, length):08x}".encode()
            if stream.read() != seal:
                return None
        return np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None


def save_record(file: Path, record: Mapping[str, Any]) -> None:
    """Write a record as JSON with its checksum; the file appears whole or not at all."""
    with whole_file(file) as stream:
        stream.write(json.dumps({**record, "seal": _sum_of(record)}).encode())


def load_record(file: Path) -> dict[str, Any] | None:
    """Read a record that `save_record` wrote; None where there is none, or where it is damaged."""
    try:
        record = json.loads(file.read_bytes())
        seal = record.pop("seal")
    except (OSError, ValueError, KeyError, AttributeError, RecursionError):
        return None
    return record if seal == _sum_of(record) else None


def _sum_of(record: Mapping[str, Any]) -> int:
    return checksum(json.dumps(record, sort_keys=True).encode())
