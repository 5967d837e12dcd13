"""Listing a tree: every folder down to the deepest layout, once."""

import os
from array import array
from collections import Counter, defaultdict
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
            for entry in entries:
                if not entry.is_dir():
                    _note(entry, folders, listing)
                elif len(folders) < DEEPEST:
                    waiting.append((*folders, entry.name))
    return listing


def _note(entry: "os.DirEntry[str]", folders: tuple[str, ...], listing: Listing) -> None:
    """Add one file to what was found."""
    folder, (domain, building) = "/".join(folders), place_of(folders)
    match = FILE.fullmatch(entry.name)
    name = domain_of_file(domain, match[3], match[4]) if match else None
    if match is None or name is None:
        ending = match[3] if match else Path(entry.name).suffix or entry.name
        listing.unused[f"{folder or '.'}: {ending}"] += 1
        return
    shelf = Shelf(folder, match[3], match[4])
    try:
        size = entry.stat().st_size
    except OSError:  # a link that leads nowhere
        size = 0
    listing.files[building, name, shelf].extend((int(match[1]), int(match[2]), size))
