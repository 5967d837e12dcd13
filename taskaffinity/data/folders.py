"""Walking a folder of images: which files are pictures, which folders they are in, and what is passed over.

Hidden and system entries are passed over. Links to folders are followed; a folder that is reached twice, as
through a loop of links, is read once, by its own name if it has one below the root.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from taskaffinity.data.pixels import IMAGE_SUFFIXES
from taskaffinity.errors import DataError

SYSTEM = frozenset({
    "__macosx", "@eadir", "@tmp", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "$recycle.bin",
    "recycler", "system volume information", "lost+found", "thumbs.db", "ehthumbs.db", "desktop.ini",
    "icon\r", "__pycache__", "found.000",
})  # fmt: skip
"""Names, in lower case, of what operating systems, file servers and Python leave behind."""

SHOWN = 8  # names listed in a note


@dataclass
class FolderTree:
    """What is below a root.

    Attributes
    ----------
    pictures
        Paths of picture files below the root, with forward slashes, sorted.
    endings
        How many other files there are, by ending.
    hidden
        How often each hidden or system name occurs.
    repeated
        Links to what is read under another name.
    unreadable
        Folders that cannot be listed and links that lead nowhere, with the reason.
    """

    pictures: list[str] = field(default_factory=list)
    endings: Counter[str] = field(default_factory=Counter)
    hidden: Counter[str] = field(default_factory=Counter)
    repeated: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        """Say what was passed over, a line for each reason."""
        lines = []
        if self.endings:
            counts = ", ".join(f"{ending} ({n})" for ending, n in self.endings.most_common(SHOWN))
            more = f" and {len(self.endings) - SHOWN} more" if len(self.endings) > SHOWN else ""
            total = self.endings.total()
            lines.append(f"{total} files are passed over, as their endings are not read: {counts}{more}")
        if self.hidden:
            lines.append(f"hidden and system entries are passed over: {_listed(self.hidden)}")
        if self.repeated:
            lines.append(
                f"links to what is read under another name are passed over: {_listed(self.repeated)}"
            )
        if self.unreadable:
            lines.append(f"passed over: {_listed(self.unreadable)}")
        return lines


def _listed(names: "list[str] | Counter[str]") -> str:
    shown = [f"{n} ({names[n]})" for n in names] if isinstance(names, Counter) else list(names)
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more


def is_hidden(name: str) -> bool:
    """Tell whether a name is hidden, or one that systems leave behind."""
    return name.startswith(".") or name.lower() in SYSTEM


def leads_to_folder(entry: "os.DirEntry[str]") -> bool:
    """Tell whether an entry is a folder or a link to one; a link to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def walk(root: Path) -> FolderTree:
    """List a folder.

    Raises
    ------
    DataError
        There is no such folder, or it cannot be listed.
    """
    if not root.is_dir():
        raise DataError(f"data.path: there is no folder {root}")
    return _Walk(root).tree()


class _Walk:
    """One walk: folders first by their own names, then those that are only linked."""

    def __init__(self, root: Path) -> None:
        self.root, self.listing = root, FolderTree()
        self.links: list[str] = []
        self.file_links: list[str] = []
        self.seen: set[tuple[int, int]] = set()

    def tree(self) -> FolderTree:
        try:
            self._folder("")
        except OSError as error:
            raise DataError(f"data.path: {self.root} cannot be listed ({error.strerror})") from None
        while self.links:
            self.links.sort(reverse=True)
            self._below(self.links.pop(), linked=True)
        self._linked_files()
        self.listing.pictures.sort()
        return self.listing

    def _below(self, name: str, linked: bool = False) -> None:
        """List a folder below the root, once."""
        try:
            if not self._folder(name) and linked:
                self.listing.repeated.append(name)
        except OSError as error:
            self.listing.unreadable.append(f"{name} ({error.strerror})")

    def _folder(self, name: str) -> bool:
        """List a folder; false where it was listed before under another name."""
        path = self.root / name
        status = path.stat()
        if (status.st_dev, status.st_ino) in self.seen:
            return False
        below = []
        with os.scandir(path) as entries:
            self.seen.add((status.st_dev, status.st_ino))
            for entry in entries:
                if is_hidden(entry.name):
                    self.listing.hidden[entry.name] += 1
                elif entry.is_dir(follow_symlinks=False):
                    below.append(f"{name}/{entry.name}" if name else entry.name)
                else:
                    self._entry(entry, f"{name}/{entry.name}" if name else entry.name)
        for child in sorted(below):
            self._below(child)
        return True

    def _entry(self, entry: "os.DirEntry[str]", name: str) -> None:
        """Take in what is no folder of its own: a file or a link."""
        if entry.is_symlink():
            if leads_to_folder(entry):
                self.links.append(name)
            elif (self.root / name).is_file():
                self.file_links.append(name)
            else:
                self.listing.unreadable.append(f"{name} (a link that leads nowhere)")
        elif entry.is_file():
            self._file(name)

    def _file(self, name: str) -> None:
        ending = Path(name).suffix.lower()
        if ending in IMAGE_SUFFIXES:
            self.listing.pictures.append(name)
        else:
            self.listing.endings[ending or "no ending"] += 1

    def _linked_files(self) -> None:
        """Take in links to files, each file once."""
        if not self.file_links:
            return
        seen = set(self._inodes(self.listing.pictures))
        for name in sorted(self.file_links):
            (inode,) = self._inodes([name])
            if inode in seen:
                self.listing.repeated.append(name)
            else:
                seen.add(inode)
                self._file(name)

    def _inodes(self, names: list[str]) -> Iterator[tuple[int, int]]:
        for name in names:
            status = (self.root / name).stat()
            yield status.st_dev, status.st_ino
