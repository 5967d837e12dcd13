"""Listing a tree: every folder down to the deepest layout, once."""

import os
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from taskaffinity.data.folders import is_hidden, leads_to_folder
from taskaffinity.data.taskonomy.domains import domain_of_file
from taskaffinity.data.taskonomy.names import DEEPEST, FILE, Shelf, place_of
from taskaffinity.errors import DataError


def _numbers() -> "array[int]":
    return array("q")


@dataclass
class Listing:
    """What is below a root.

    Attributes
    ----------
    files
        By building, domain and shelf: point, view and size of each file, one after another.
    unused
        How many files were passed over, by folder and ending.
    """

    files: dict[tuple[str, str, Shelf], "array[int]"] = field(default_factory=lambda: defaultdict(_numbers))
    unused: Counter[str] = field(default_factory=Counter)


def list_tree(root: Path) -> Listing:
    """List a tree. Folders deeper than the deepest layout are skipped, and no folder is listed twice.

    Raises
    ------
    DataError
        The root cannot be listed.
    """
    listing = Listing()
    seen: set[tuple[int, int]] = set()
    waiting: list[tuple[str, ...]] = [()]
    linked: list[tuple[str, ...]] = []  # links to folders wait until folders are listed by their own names
    while waiting or linked:
        folders = waiting.pop() if waiting else linked.pop()
        path = root.joinpath(*folders)
        try:
            status = path.stat()
            if (status.st_dev, status.st_ino) in seen:
                listing.unused[f"{'/'.join(folders)}: a link to a folder that is read already"] += 1
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(path) as entries:
                below, links = _list_folder(entries, folders, listing)
        except OSError as error:
            if not folders:
                raise DataError(f"data.path: {root} cannot be listed ({error.strerror})") from None
            listing.unused[f"{'/'.join(folders)}: cannot be listed ({error.strerror})"] += 1
            continue
        if len(folders) < DEEPEST:
            waiting.extend((*folders, name) for name in below)
            linked.extend((*folders, name) for name in links)
    return listing


def _list_folder(
    entries: "Iterator[os.DirEntry[str]]", folders: tuple[str, ...], listing: Listing
) -> tuple[list[str], list[str]]:
    """Add the files of one folder to the listing; return the folders in it, and the links to folders."""
    folder, (domain, building) = "/".join(folders), place_of(folders)
    shelves: dict[tuple[str, str], array[int] | None] = {}
    below: list[str] = []
    links: list[str] = []
    for entry in entries:
        if is_hidden(entry.name):
            continue
        if leads_to_folder(entry):
            (links if entry.is_symlink() else below).append(entry.name)
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
    return below, links


def _size(entry: "os.DirEntry[str]") -> int:
    """Return a file's size; 0 where a link leads nowhere."""
    try:
        return entry.stat().st_size
    except OSError:
        return 0
