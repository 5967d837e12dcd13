"""Files that cannot be used: one kind of error, whatever a decoder raises."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SMALL_FILE = 2**22  # bytes; text files and vectors are smaller


class UnreadableError(Exception):
    """A file that cannot be used, and why."""


@contextmanager
def as_fault(file: Path, what: str) -> Iterator[None]:
    """Turn any error of the block into one fault that names the file.

    Parsers of foreign files raise errors of many kinds: of values, types, arithmetic, recursion, memory.

    Raises
    ------
    UnreadableError
        Says that the file is not `what`, and why.
    """
    try:
        yield
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(f"{file.name}: {what} ({type(error).__name__}: {error})") from None


def read_small(file: Path, most: int = SMALL_FILE) -> bytes:
    """Read a plain file of at most `most` bytes.

    Raises
    ------
    UnreadableError
        It is missing, no plain file, larger, or cannot be read.
    """
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK)  # opening a pipe must not wait
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise UnreadableError(f"{file.name}: is no file")
            content = stream.read(most + 1)
    except FileNotFoundError:
        raise UnreadableError(f"{file.name}: missing") from None
    except OSError as error:
        raise UnreadableError(f"{file.name}: cannot be read ({error.strerror})") from None
    if len(content) > most:
        raise UnreadableError(f"{file.name}: is larger than {most} bytes")
    return content


def printable(text: str) -> str:
    """Write characters that a terminal acts on or cannot show as escapes: names of files may hold any."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def relative(error: UnreadableError, name: str) -> str:
    """Say a fault with the path of its file below the root in place of the file's own name."""
    return f"{name}: {str(error).removeprefix(f'{Path(name).name}: ')}"
