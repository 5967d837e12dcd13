"""Listing a tree: every folder down to the deepest layout, once."""

import os
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from taskaffinity.data.taskonomy.domains import domain_of_file
from taskaffinity.data.taskonomy.names import DEEPEST, FILE, Shelf, place_of


def _numbers() -> "array[int]":
    return array("q")


@dataclass
class Listing:
    """What was found below a root.

    Attributes
    ----------
    files
        By building, domain and shelf: point, view and size of each file, one after another.
    unused
        How many files were passed over, by folder and ending.
    times
        When each folder last changed, nanoseconds, by its path below the root.
    """

    files: dict[tuple[str, str, Shelf], "array[int]"] = field(default_factory=lambda: defaultdict(_numbers))
    unused: Counter[str] = field(default_factory=Counter)
    times: dict[str, int] = field(default_factory=dict)


def list_tree(root: Path) -> Listing:
    """List a tree; what is deeper than the deepest layout is left alone."""
    listing = Listing()
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        folders = waiting.pop()
        path = root.joinpath(*folders)
        listing.times["/".join(folders)] = path.stat().st_mtime_ns
        with os.scandir(path) as entries:
            below = _list_folder(entries, folders, listing)
        if len(folders) < DEEPEST:
            waiting.extend((*folders, name) for name in below)
    return listing


def _list_folder(
    entries: "Iterator[os.DirEntry[str]]", folders: tuple[str, ...], listing: Listing
) -> list[str]:
    """Add the files of one folder to what was found; return the names of the folders in it."""
    folder, (domain, building) = "/".join(folders), place_of(folders)
    shelves: dict[tuple[str, str], array[int] | None] = {}
    below = []
    for entry in entries:
        if entry.is_dir():
            below.append(entry.name)
            continue
        match = FILE.fullmatch(entry.name)
        if match is None:
            listing.unused[f"{folder or '.'}: {Path(entry.name).suffix or entry.name}"] += 1
            continue
        point, view, suffix, extension = match.groups()
        if (suffix, extension) not in shelves:
            name = domain_of_file(domain, suffix, extension)
            key = None if name is None else (building, name, Shelf(folder, suffix, extension))
            shelves[suffix, extension] = None if key is None else listing.files[key]
        files = shelves[suffix, extension]
        if files is None:
            listing.unused[f"{folder or '.'}: {suffix}"] += 1
        else:
            files.extend((int(point), int(view), _size(entry)))
    return below


def _size(entry: "os.DirEntry[str]") -> int:
    """Return a file's size; 0 where a link leads nowhere."""
    try:
        return entry.stat().st_size
    except OSError:
        return 0
