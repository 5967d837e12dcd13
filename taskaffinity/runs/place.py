"""A folder on disk that one process works on at a time, and whose files are written whole."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from taskaffinity.errors import RunError, RunLockedError
from taskaffinity.runs.files import DAMAGED, open_beside, read_bytes, refuse_link, to_json, write_atomically
from taskaffinity.runs.record import Record
from taskaffinity.text import one_line

if TYPE_CHECKING:
    import pandas as pd

FOLDERS = ("sources", "cells", "features", "taxonomy", "figures", "pictures")
LOCK = ".lock"

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Place:
    """A folder whose files are read and written by their names in it.

    Nothing is written through a symbolic link: a file that is a link is replaced, a folder that is one is
    refused. The folder itself may be reached through links.
    """

    path: Path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from working here; the lock dies with the process.

        Raises
        ------
        RunError
            The folder cannot be written or locked, or has folders in it that are links.
        RunLockedError
            Another process holds it.
        """
        handle = self._open_lock()
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RunLockedError(
                    f"another process is working on {self.path}; "
                    "wait for it, or choose another folder with --out"
                ) from None
            except OSError as error:
                raise RunError(
                    f"{self.path} cannot be locked ({error.strerror}); choose one on another disk with --out"
                ) from None
            self.clean()
            yield
        finally:
            os.close(handle)

    def _open_lock(self) -> int:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return open_beside(self.path / LOCK)
        except OSError as error:
            if error.errno == errno.ELOOP:
                refuse_link(self.path / LOCK)
            raise RunError(
                f"{self.path} cannot be written ({error.strerror}); choose another folder with --out"
            ) from None

    def clean(self) -> None:
        """Remove what a killed process left half written; nothing else is touched.

        Raises
        ------
        RunError
            A folder of the run is a link.
        """
        for folder in self._folders():
            refuse_link(folder)
        hidden = (f"{place}.*.tmp" for place in ("", *(f"{name}/" for name in FOLDERS), "cells/*/"))
        for pattern in (*hidden, "features/*.tmp"):
            for file in self.path.glob(pattern):
                file.unlink(missing_ok=True)

    def _folders(self) -> Iterator[Path]:
        for name in FOLDERS:
            yield self.path / name
        if not (self.path / "cells").is_symlink():
            yield from (self.path / "cells").glob("*")

    def file(self, *names: str) -> Path:
        """Return the path of a file in this folder.

        Raises
        ------
        RunError
            A name would lead out of the folder.
        """
        for name in names:
            if name in ("", ".", "..") or "/" in name or "\0" in name:
                raise RunError(
                    f"{self.path}: {one_line(name)!r} cannot be the name of a file; rename that task"
                )
        return self.path.joinpath(*names)

    def write(self, *names: str, content: bytes) -> Path:
        """Write a file whole, and return its path.

        Raises
        ------
        RunError
            A folder on the way is a link.
        WriteError
            It cannot be written; what was there before is still there.
        """
        file = self.file(*names)
        for depth in range(1, len(names)):
            refuse_link(self.path.joinpath(*names[:depth]))
        write_atomically(file, content)
        return file

    def put(self, *names: str, content: bytes | None) -> None:
        """Write a file whole as `write` does, or remove it where there is nothing to write."""
        if content is None:
            self.remove(*names)
        else:
            self.write(*names, content=content)

    def put_table(self, name: str, table: "pd.DataFrame") -> None:
        """Write a table as CSV, or remove the file where the table has no rows."""
        self.put(name, content=None if table.empty else table.to_csv(index=False).encode())

    def write_json(self, name: str, value: Any) -> None:
        """Record plain values as JSON; folders in the name are set off by ``/``."""
        self.write(*name.split("/"), content=to_json(value))

    def remove(self, *names: str) -> None:
        """Remove a file, or the link in its place; nothing where there is none."""
        for depth in range(1, len(names)):
            refuse_link(self.path.joinpath(*names[:depth]))
        self.file(*names).unlink(missing_ok=True)

    def read(self, *names: str) -> bytes | None:
        """Read a file; None where there is none.

        Raises
        ------
        RunError
            It is there and cannot be read.
        """
        file = self.file(*names)
        if not os.path.lexists(file):
            return None
        try:
            return read_bytes(file)
        except DAMAGED as error:
            raise damaged(file, error) from None

    def read_record(self, kind: type[R], *names: str) -> R | None:
        """Read a record; None where there is none.

        Raises
        ------
        RunError
            The file is damaged, or holds something else.
        """
        content = self.read(*names)
        try:
            return None if content is None else kind.read(content)
        except ValueError as error:
            raise damaged(self.file(*names), error) from None


def damaged(file: Path, error: BaseException) -> RunError:
    """Say that a file of a run is damaged, and what to do."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return RunError(
        f"{one_line(file)} is damaged ({one_line(reason)}); get it again from where it came, "
        "or delete it and run the same `taskaffinity run` again to make it new"
    )
