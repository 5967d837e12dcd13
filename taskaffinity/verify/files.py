"""The files of a folder, found by name at any depth."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from taskaffinity.errors import InputError, TableError

T = TypeVar("T")
MOST = 200_000  # files that are looked at


@dataclass
class Files:
    """Files by their names.

    Attributes
    ----------
    root
        The folder that was searched.
    by_name
        Paths of each name, the shallowest first.
    opened
        The files that were recognised.
    """

    root: Path
    by_name: dict[str, list[Path]]
    opened: set[Path] = field(default_factory=set)

    @classmethod
    def below(cls, folder: Path) -> "Files":
        """Search a folder.

        Raises
        ------
        InputError
            It holds more files than a folder of result files would.
        """
        by_name: dict[str, list[Path]] = {}
        count = 0
        for place, folders, names in os.walk(folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            count += len(names)
            if count > MOST:
                raise InputError(
                    f"{folder} holds more than {MOST} files; give the folder of the published files"
                )
            for name in sorted(names):
                by_name.setdefault(name, []).append(Path(place) / name)
        return cls(folder, by_name)

    def read(self, name: str, reader: Callable[[Path], T]) -> T | None:
        """Read the first file of a name that a reader takes; None where there is none.

        A file that another reader's errors refuse is some other file of that name.
        """
        for path in self.by_name.get(name, ()):
            try:
                content = reader(path)
            except (TableError, OSError, ValueError, KeyError, IndexError):
                continue
            self.opened.add(path)
            return content
        return None

    def together(self, names: Sequence[str]) -> dict[str, Path] | None:
        """Return files of several names that lie in one folder; None where they do not."""
        for first in self.by_name.get(names[0], ()):
            paths = {name: first.with_name(name) for name in names}
            if all(path.is_file() for path in paths.values()):
                return paths
        return None
