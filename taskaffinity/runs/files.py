"""Writing files completely and never through a link, and reading untrusted files safely."""

import errno
import io
import json
import os
import stat
import struct
import tempfile
import time
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from taskaffinity.errors import RunError, WriteError
from taskaffinity.text import one_line

# What reading a file raises that was cut short or changed.
DAMAGED = (
    OSError, ValueError, KeyError, EOFError, NotImplementedError, RecursionError, zipfile.BadZipFile,
    zlib.error,
)  # fmt: skip
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
LARGEST_TEXT = 2**28  # bytes of a file of text that is read: a plan of two million jobs fits
LARGEST_ARRAYS = 2**30  # bytes of the arrays of one cell, unpacked


COARSEST = 2 * 10**9  # nanoseconds between two times that any file system tells apart
LOCAL_HEADER, LOCAL_LENGTHS, LOCAL_MARK = 30, 26, b"PK\3\4"  # of a member in a zip archive; APPNOTE, 4.3.7

Stamp = tuple[int, int, int]  # of a file: inode, bytes, and the time of its last change


def write_atomically(file: Path, content: bytes) -> None:
    """Write to a temporary file beside it, flush to the disk, rename into place.

    A link in the place of the file is replaced; its target is not changed.

    Raises
    ------
    WriteError
        There is no room, or no permission to write; what was there before is still there, whole.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{file.name}-", suffix=".tmp", dir=file.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(0o644)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(file, error) from None


def unwritable(file: Path, error: OSError) -> WriteError:
    """Say that a file could not be written, and what to do."""
    if error.errno in FULL:
        advice = "free some room and run the same command again"
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        advice = "make that possible, or give another place with --out"
    else:
        advice = "see to that and run the same command again"
    return WriteError(f"{one_line(file)} cannot be written ({error.strerror}); {advice}")


def stamp_of(file: Path) -> Stamp | None:
    """Return what changes whenever a file is written again; None where there is no regular file."""
    try:
        status = file.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def has_settled(stamp: Stamp) -> bool:
    """Tell whether a file is so old that any later change gives it another stamp."""
    return time.time_ns() - stamp[2] > COARSEST


def open_beside(file: Path) -> int:
    """Open a file for reading and writing, made where it is missing, never through a link.

    Returns
    -------
    int
        A file descriptor; nothing of the file is changed.

    Raises
    ------
    OSError
        It cannot be opened; ELOOP where it is a link.
    """
    return os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o644)


def refuse_link(place: Path) -> None:
    """Refuse a file or folder that is a symbolic link.

    Raises
    ------
    RunError
        It is one.
    """
    if place.is_symlink():
        raise RunError(
            f"{one_line(place)} is a link, and nothing is written through links; "
            "replace it by what it points to"
        )


def read_bytes(file: Path) -> bytes:
    """Read a regular file of at most `LARGEST_TEXT` bytes.

    Raises
    ------
    OSError, ValueError
        It is missing, is no regular file, or is larger.
    """
    if not file.is_file():
        raise FileNotFoundError(errno.ENOENT, "no such file", str(file))
    with file.open("rb") as stream:
        content = stream.read(LARGEST_TEXT + 1)
    if len(content) > LARGEST_TEXT:
        raise ValueError(f"larger than {LARGEST_TEXT >> 20} MiB")
    return content


def to_json(value: object) -> bytes:
    """Write plain values as JSON.

    Raises
    ------
    ValueError
        A number is not finite: JSON cannot say it.
    """
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode()


def read_arrays(file: Path, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Read some arrays of an ``.npz`` archive whose every member agrees with its checksum.

    Raises
    ------
    OSError, ValueError, KeyError, zipfile.BadZipFile and others of `DAMAGED`
        The file is missing, damaged, or holds something other than arrays of numbers and text.
    """
    content = read_bytes(file)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = archive.infolist()
    if sum(member.file_size for member in members) > LARGEST_ARRAYS:
        raise ValueError(f"its arrays are larger than {LARGEST_ARRAYS >> 20} MiB")
    unpacked = {member.filename: _unpacked(content, member) for member in members}
    return {name: _array(unpacked[f"{name}.npy"], name) for name in names}


def _unpacked(archive: bytes, member: zipfile.ZipInfo) -> bytes:
    """Unpack a member of an archive and check it, as `zipfile` does, which takes six times as long."""
    begin = member.header_offset
    header = archive[max(begin, 0) : max(begin, 0) + LOCAL_HEADER]
    if begin < 0 or len(header) < LOCAL_HEADER or not header.startswith(LOCAL_MARK):
        raise zipfile.BadZipFile(f"{member.filename} is not where the archive says")
    name_length, extra_length = struct.unpack_from("<HH", header, LOCAL_LENGTHS)
    begin += LOCAL_HEADER + name_length + extra_length
    if archive[begin - extra_length - name_length : begin - extra_length] != member.orig_filename.encode():
        raise zipfile.BadZipFile(f"{member.filename} has two names")
    packed = archive[begin : begin + member.compress_size]
    if member.compress_type == zipfile.ZIP_DEFLATED:
        packed = zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, member.file_size + 1)
    elif member.compress_type != zipfile.ZIP_STORED:
        raise NotImplementedError(f"{member.filename} is packed in another way")
    if len(packed) != member.file_size or zlib.crc32(packed) != member.CRC:
        raise zipfile.BadZipFile(member.filename)
    return packed


def _array(unpacked: bytes, name: str) -> np.ndarray:
    """Read one array, whose header must agree with the length of its data before memory is taken for it."""
    content = io.BytesIO(unpacked)
    version = np.lib.format.read_magic(content)
    if version != (1, 0):
        raise ValueError(f"{name} is written in version {version} of the format")
    shape, _, dtype = np.lib.format.read_array_header_1_0(content)
    count = int(np.prod(shape, dtype=object)) if shape else 1
    if dtype.hasobject or count * dtype.itemsize != len(unpacked) - content.tell():
        raise ValueError(f"{name} does not hold what its header says")
    content.seek(0)
    return np.lib.format.read_array(content, allow_pickle=False)
