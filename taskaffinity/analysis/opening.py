"""Opening a file by its content, not by its name: plain text, a data frame, or something else.

Compressed files are opened up to a size. What is not a table is refused with advice that fits it.
"""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import pandas as pd

from taskaffinity.errors import TableError

HEAD = 1 << 16  # bytes that tell what a file is
LIMIT = 1 << 29  # bytes of text, after decompression
CSV_ADVICE = "give .csv or .parquet"

_FOREIGN = (  # the first bytes of files that are no tables, what they are, and what to do
    (b"version https://git-lfs", "a pointer of Git LFS", "fetch the file itself with `git lfs pull`"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save its sheet as CSV"),
    (b"\x89HDF", "an HDF5 file", f"export its table; {CSV_ADVICE}"),
    (b"\x93NUMPY", "a NumPy array", "write it with names of rows and columns, as CSV"),
    (b"SQLite format 3", "an SQLite database", f"export its table; {CSV_ADVICE}"),
    (b"%PDF", "a PDF document", f"get the table's data; {CSV_ADVICE}"),
    (b"\x89PNG", "a picture", f"get the table's data; {CSV_ADVICE}"),
    (b"\xff\xd8\xff", "a picture", f"get the table's data; {CSV_ADVICE}"),
    (b"\x28\xb5\x2f\xfd", "compressed by Zstandard", "decompress it with `zstd -d`"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it"),
    (b"Rar!", "a RAR archive", "unpack it"),
    (b"RDX", "a file of R", "write the table with `write.csv`"),
)
_PAGE = (b"<!doctype html", b"<html", b"<head", b"<?xml", b"<!--")
_PICKLE = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
_FRAME = (b"PAR1", b"ARROW1", b"FEA1")


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes
    ----------
    text
        The whole file as text; None where it is a frame.
    frame
        The table of a Parquet or Feather file, its index among its columns or, without a name, as it is.
    notes
        What was done to come to it, for people.
    """

    text: str | None
    frame: pd.DataFrame | None
    notes: tuple[str, ...] = ()


def head_of(path: Path) -> bytes:
    """Read the first bytes of a file.

    Raises
    ------
    TableError
        There is no such file, or it cannot be read.
    """
    if not path.is_file():
        raise TableError(
            f"{path} is not a file; give a table as .csv, .parquet or a published .pkl, or a run folder"
        )
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD)
    except OSError as error:
        raise TableError(f"{path} cannot be read ({error.strerror})") from None


def is_pickle(path: Path, head: bytes) -> bool:
    """Tell a pickle: by its name, or by how those of protocol 2 and later begin."""
    return path.suffix in (".pkl", ".pickle") or head.startswith(_PICKLE)


def open_content(path: Path) -> Content:
    """Read a whole file, compressed or not.

    Raises
    ------
    TableError
        The file is no table; the error says what it is.
    """
    return _opened(path, head_of(path), path.read_bytes, ())


def refuse_foreign(path: Path, head: bytes) -> None:
    """Raise `TableError` for a file that begins as something that is no table."""
    if not head:
        raise TableError(f"{path} is empty; it needs a header and rows")
    for start, what, advice in _FOREIGN:
        if head.startswith(start):
            raise TableError(f"{path} is {what}, not a table; {advice}")
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(_PAGE):
        raise TableError(
            f"{path} is a web page, not a table; download the file itself (on GitHub the button is 'Raw')"
        )


def _opened(path: Path, head: bytes, read: Callable[[], bytes], notes: tuple[str, ...]) -> Content:
    """Open what begins with `head`."""
    if head.startswith(_FRAME):
        return Content(None, _frame(path, io.BytesIO(read()), head), notes)
    for start, name, opener in _COMPRESSED:
        if head.startswith(start):
            if notes:
                raise TableError(f"{path} is compressed more than once; decompress it, {CSV_ADVICE}")
            inside = _inside(path, name, opener, read())
            return _opened(path, inside[:HEAD], partial(bytes, inside), (f"decompressed ({name})",))
    refuse_foreign(path, head)
    if head.startswith(_PICKLE):
        raise TableError(f"{path} is a pickle; name it .pkl, so that it is read as a published result file")
    try:
        text, said = decoded(read())
    except OSError as error:
        raise TableError(f"{path} cannot be read ({error.strerror})") from None
    if "\0" in text:
        raise TableError(f"{path} is not a readable table (it holds bytes that are no text); {CSV_ADVICE}")
    return Content(text, None, (*notes, *said))


def _frame(path: Path, stream: IO[bytes], head: bytes) -> pd.DataFrame:
    """Read a Parquet or Feather file; an index that has names becomes columns."""
    try:
        frame = pd.read_parquet(stream) if head.startswith(b"PAR1") else pd.read_feather(stream)
    except Exception as error:  # a damaged file can raise nearly anything
        reason = " ".join(str(error).split())[:200]
        raise TableError(f"{path} is not a readable table ({reason}); {CSV_ADVICE}") from None
    named = [name for name in frame.index.names if name is not None and name not in frame.columns]
    return frame.reset_index(level=named) if named else frame


def _inside(path: Path, name: str, opener: Callable[[bytes], bytes], content: bytes) -> bytes:
    """Decompress a file."""
    try:
        return opener(content)
    except _TooLargeError:
        raise TableError(
            f"{path} holds more than {LIMIT >> 20} MiB; decompress it, or write it as .parquet"
        ) from None
    except _RefusedError as error:
        raise TableError(f"{path} {error}") from None
    except (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError, zipfile.BadZipFile, RuntimeError,
            NotImplementedError) as error:  # fmt: skip
        raise TableError(
            f"{path} is a damaged file ({name}: {' '.join(str(error).split())}); fetch it again"
        ) from None


class _TooLargeError(Exception):
    """More text than is taken into memory."""


class _RefusedError(Exception):
    """An archive that holds no single table."""


def _limited(stream: "IO[bytes] | gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile") -> bytes:
    content = stream.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise _TooLargeError
    return content


def _unzipped(content: bytes) -> bytes:
    """Return the one table of a zip archive."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [
            info.filename
            for info in archive.infolist()
            if not info.is_dir()
            and not info.filename.startswith("__MACOSX")
            and "/." not in f"/{info.filename}"
        ]
        if "[Content_Types].xml" in names:
            raise _RefusedError(
                "is an Excel workbook (or another Office document), not a table; save its sheet as CSV"
            )
        if any(name.endswith(".npy") for name in names):
            raise _RefusedError("is an archive of NumPy arrays, not a table; write it as CSV, with names")
        if len(names) != 1:
            raise _RefusedError(f"is an archive of {len(names)} files; unpack it and give one table")
        with archive.open(names[0]) as stream:
            return _limited(stream)


def _gunzipped(content: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
        return _limited(stream)


def _bunzipped(content: bytes) -> bytes:
    with bz2.BZ2File(io.BytesIO(content)) as stream:
        return _limited(stream)


def _unxzed(content: bytes) -> bytes:
    with lzma.LZMAFile(io.BytesIO(content)) as stream:
        return _limited(stream)


_COMPRESSED: tuple[tuple[bytes, str, Callable[[bytes], bytes]], ...] = (
    (b"\x1f\x8b", "gzip", _gunzipped),
    (b"BZh", "bzip2", _bunzipped),
    (b"\xfd7zXZ", "xz", _unxzed),
    (b"PK\x03\x04", "zip", _unzipped),
)

COMPRESSED = tuple(start for start, _, _ in _COMPRESSED)
"""How compressed files begin."""

_MARKS = (  # byte order marks; those of UTF-32 begin as those of UTF-16 do
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)


def decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Decode text: by its byte order mark, else as UTF-8, else as Windows-1252.

    Returns
    -------
    text : str
    notes : tuple of str
        What it was taken for, where that is not UTF-8.
    """
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if marked is None and len(content) > 3 and content[:4:2].count(0) + content[1:4:2].count(0) == 2:
        marked = "utf-16-be" if content[0] == 0 else "utf-16-le"
    if marked:
        said = () if marked == "utf-8-sig" else (f"text in {marked.upper()}",)
        return content.decode(marked, "replace"), said
    try:
        return content.decode("utf-8"), ()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), ("text in Windows-1252",)
