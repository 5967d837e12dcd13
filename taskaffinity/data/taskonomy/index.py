"""The index of a tree of files: what there is, and a digest of what the files hold.

Axis legend: N views (building, point, view), whether or not there is a picture of them.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from taskaffinity.data.contents import Contents, contents_of
from taskaffinity.data.taskonomy.domains import BIT
from taskaffinity.data.taskonomy.listing import Listing, list_tree
from taskaffinity.data.taskonomy.names import Shelf
from taskaffinity.errors import DataError

SMALLEST_FILE = 100  # bytes; smaller ones are known to be broken in the public data


@dataclass(frozen=True)
class Index:
    """What is below a root.

    Attributes
    ----------
    buildings
        Their names, sorted.
    building, point, view
        int32 (N,): position in `buildings`, and the two numbers; sorted by them.
    has, small
        uint32 (N,): a bit for each domain (`domains.BIT`) that has a file, and for each whose file is under
        `SMALLEST_FILE` bytes.
    shelves
        Where the files of a building's domain are.
    unused
        How many files were passed over, by folder and ending.
    digest
        A hash of the files' names and content, wherever the root is.
    """

    buildings: Sequence[str]
    building: np.ndarray
    point: np.ndarray
    view: np.ndarray
    has: np.ndarray
    small: np.ndarray
    shelves: Mapping[tuple[str, str], Shelf]
    unused: Mapping[str, int]
    digest: str

    def __len__(self) -> int:
        return len(self.building)

    def with_file(self, domain: str) -> np.ndarray:
        """Tell which views have a usable file of a domain: bool (N,)."""
        bit = np.uint32(BIT[domain])
        return (self.has & ~self.small & bit) > 0

    def domains(self) -> list[str]:
        """Name the domains that have a file at all."""
        any_has = int(np.bitwise_or.reduce(self.has)) if len(self) else 0
        return [name for name, bit in BIT.items() if any_has & bit]


def index_of(root: Path, cache: Path | None = None) -> Index:
    """Index a tree: every folder is listed, and files that changed since the last time are read.

    Parameters
    ----------
    root
        The tree.
    cache
        Where digests of files are remembered; a folder in `cache_root()` when left out.

    Raises
    ------
    DataError
        There is no such folder, or it cannot be listed.
    """
    if not root.is_dir():
        raise DataError(f"data.path: there is no folder {root}")
    listing = list_tree(root)
    with contents_of(root, cache) as contents:
        return _join(listing, contents)


def _join(listing: Listing, contents: Contents) -> Index:
    """Join the domains of each building on point and view."""
    listed, unused, digest = listing.files, dict(listing.unused), hashlib.sha256()
    shelves: dict[tuple[str, str], Shelf] = {}
    parts: dict[str, list[tuple[int, np.ndarray]]] = defaultdict(list)
    # Where two shelves hold one domain of one building, the fuller one counts.
    for building, domain, shelf in sorted(listed, key=lambda k: (k[0], k[1], -len(listed[k]), k[2].folder)):
        triples = np.frombuffer(listed[building, domain, shelf], np.int64).reshape(-1, 3)
        if (building, domain) in shelves:
            place = f"{shelf.folder or '.'}: {shelf.suffix}"
            unused[place] = unused.get(place, 0) + len(triples)
            continue
        triples = triples[np.lexsort((triples[:, 1], triples[:, 0]))]
        shelves[building, domain] = shelf
        parts[building].append((BIT[domain], triples))
        names = [shelf.file(point, view) for point, view in triples[:, :2].tolist()]
        digest.update(os.fsencode(f"{building}\0{domain}\0") + triples.tobytes())
        digest.update(b"".join(contents.digests(names)))
    buildings = sorted(parts)
    columns = [_union(position, parts[name]) for position, name in enumerate(buildings)]
    table = np.concatenate(columns, axis=1) if columns else np.zeros((5, 0), np.int64)
    return Index(
        buildings, table[0].astype(np.int32), table[1].astype(np.int32), table[2].astype(np.int32),
        table[3].astype(np.uint32), table[4].astype(np.uint32), shelves, unused, digest.hexdigest()[:16],
    )  # fmt: skip


def _union(building: int, parts: Iterable[tuple[int, np.ndarray]]) -> np.ndarray:
    """Give each (point, view) of a building a column: building, point, view, has, small; int64 (5, n)."""
    parts = list(parts)
    keys = np.unique(np.concatenate([_key(triples) for _, triples in parts]))
    has, small = np.zeros_like(keys), np.zeros_like(keys)
    for bit, triples in parts:
        at = np.searchsorted(keys, _key(triples))
        has[at] |= bit
        small[at] |= np.where(triples[:, 2] < SMALLEST_FILE, bit, 0)
    return np.stack([np.full_like(keys, building), keys >> 32, keys & 0xFFFFFFFF, has, small])


def _key(triples: np.ndarray) -> np.ndarray:
    return (triples[:, 0] << 32) | triples[:, 1]
