"""The cache folder: where it is, how files are written completely, and how leftovers of killed processes go.

Everything is written under a hidden name that begins with `HALF_MADE`, and renamed when it is complete. While
a process writes, it holds a lock on what it writes; the lock ends with the process, however that ends. Hidden
names without a lock are therefore leftovers, and the next process removes them.
"""

import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from taskaffinity.errors import WriteError

HALF_MADE = ".making-"
ADVICE = "set TASKAFFINITY_CACHE to a folder that you can write to"
FULL = (errno.ENOSPC, errno.EDQUOT)


def cache_root() -> Path:
    """Return the folder for data that can be made again: ``TASKAFFINITY_CACHE``, or the user's cache.

    Raises
    ------
    WriteError
        The variable is not set, and the user has no home folder.
    """
    chosen = os.environ.get("TASKAFFINITY_CACHE")
    if chosen:
        return Path(chosen)
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "taskaffinity"
    except RuntimeError:
        raise WriteError(f"there is no home folder to keep prepared data in; {ADVICE}") from None


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn an `OSError` of the block into one line that names `place`.

    Raises
    ------
    WriteError
        The disk is full, or the place is read-only or somebody else's.
    """
    try:
        yield
    except OSError as error:
        remedy = f"free some room, or {ADVICE}" if error.errno in FULL else ADVICE
        raise WriteError(f"{place} cannot be written ({error.strerror or error}); {remedy}") from None


@contextmanager
def half_made_folder(folder: Path) -> Iterator[Path]:
    """Make an empty folder beside `folder`, to be filled and renamed; if it is not renamed, it is removed."""
    with writing(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary, lock = _make_locked(folder)
    try:
        yield temporary
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        os.close(lock)


def _make_locked(folder: Path) -> tuple[Path, int]:
    """Make a hidden folder and lock it; another name where it was taken for a leftover in between."""
    while True:
        temporary = _hidden(folder)
        temporary.mkdir()
        with suppress(OSError):
            handle = os.open(temporary, os.O_RDONLY)
            if _lock(handle) is not False and _is_at(handle, temporary):
                return temporary, handle
            os.close(handle)


@contextmanager
def whole_file(file: Path) -> Iterator[BinaryIO]:
    """Open a file that appears under its name when the block ends well, or not at all.

    Raises
    ------
    OSError
        It cannot be written; wrap the block in `writing` where that is an error for the user.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = _hidden(file)
    try:
        with temporary.open("xb") as stream:
            _lock(stream.fileno())
            yield stream
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Remove what killed processes left half made in a folder; what is being written stays."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.name.startswith(HALF_MADE):
                _remove_abandoned(Path(entry.path))


def _remove_abandoned(path: Path) -> None:
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            if _lock(handle):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
        finally:
            os.close(handle)


def _hidden(path: Path) -> Path:
    return path.with_name(f"{HALF_MADE}{path.name}-{secrets.token_hex(6)}")


def _lock(handle: int) -> bool | None:
    """Lock a file or folder: whether that worked, or None where the file system has no locks."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Tell whether an open folder is still at a path."""
    return os.path.samestat(os.fstat(handle), path.stat())
