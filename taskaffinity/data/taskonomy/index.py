"""The index of a tree of files: every folder is listed once, and what was found is kept.

Axis legend: N views (building, point, view), whether or not there is a picture of them.
"""

import hashlib
import json
import os
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from taskaffinity.data.keep import cache_root
from taskaffinity.data.taskonomy.domains import BIT
from taskaffinity.data.taskonomy.listing import Listing, list_tree
from taskaffinity.data.taskonomy.names import Shelf
from taskaffinity.errors import DataError

FORMAT_VERSION = 1
SMALLEST_FILE = 100  # bytes; smaller ones are known to be broken in the public data
RACY = 2.0  # seconds: a folder that changed this shortly before it was listed may change again unnoticed


@dataclass(frozen=True)
class Index:
    """What lies below a root.

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
        Where the files of a building's domain lie.
    unused
        How many files were passed over, by folder and ending.
    digest
        A hash of names and sizes, wherever the root lies.
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
    """Index a tree, or find its index kept.

    A kept index holds while no folder below the root has changed: their times are compared, nothing is
    listed. A file overwritten in place is not noticed.

    Parameters
    ----------
    root
        The tree.
    cache
        The folder of kept indices; one in `cache_root()` when left out.

    Raises
    ------
    DataError
        There is no such folder.
    """
    if not root.is_dir():
        raise DataError(f"data.path: there is no folder {root}")
    name = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    file = (cache or cache_root() / "taskonomy-index") / f"{name}.npz"
    kept = _load(file, root)
    if kept is not None:
        return kept
    began = time.time()
    listing = list_tree(root)
    index = _join(listing)
    if max(listing.times.values()) < (began - RACY) * 1e9:
        _save(file, index, listing.times)
    return index


def _join(listing: Listing) -> Index:
    """Join the domains of each building on point and view."""
    found, unused, digest = listing.files, dict(listing.unused), hashlib.sha256()
    shelves: dict[tuple[str, str], Shelf] = {}
    parts: dict[str, list[tuple[int, np.ndarray]]] = defaultdict(list)
    # Where two shelves hold one domain of one building, the fuller one counts.
    for building, domain, shelf in sorted(found, key=lambda k: (k[0], k[1], -len(found[k]), k[2].folder)):
        triples = np.frombuffer(found[building, domain, shelf], np.int64).reshape(-1, 3)
        if (building, domain) in shelves:
            place = f"{shelf.folder or '.'}: {shelf.suffix}"
            unused[place] = unused.get(place, 0) + len(triples)
            continue
        triples = triples[np.lexsort((triples[:, 1], triples[:, 0]))]
        shelves[building, domain] = shelf
        parts[building].append((BIT[domain], triples))
        digest.update(f"{building}\0{domain}\0".encode() + triples.tobytes())
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


def _save(file: Path, index: Index, times: Mapping[str, int]) -> None:
    """Keep an index; written whole and renamed into place."""
    described = {
        "format": FORMAT_VERSION, "times": times, "buildings": list(index.buildings), "digest": index.digest,
        "unused": dict(index.unused),
        "shelves": [[*key, s.folder, s.suffix, s.extension] for key, s in index.shelves.items()],
    }  # fmt: skip
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as stream:
            np.savez(
                stream, described=np.array(json.dumps(described)), building=index.building,
                point=index.point, view=index.view, has=index.has, small=index.small,
            )  # fmt: skip
        Path(temporary).replace(file)
    finally:
        Path(temporary).unlink(missing_ok=True)


def _load(file: Path, root: Path) -> Index | None:
    """Open a kept index if no folder has changed since."""
    try:
        with file.open("rb") as stream, np.load(stream) as stored:
            described = json.loads(str(stored["described"]))
            arrays = {name: stored[name] for name in ("building", "point", "view", "has", "small")}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if described.get("format") != FORMAT_VERSION or not _unchanged(root, described["times"]):
        return None
    shelves = {(b, d): Shelf(*rest) for b, d, *rest in described["shelves"]}
    return Index(
        buildings=described["buildings"], shelves=shelves, unused=described["unused"],
        digest=described["digest"], **arrays,
    )  # fmt: skip


def _unchanged(root: Path, times: Mapping[str, int]) -> bool:
    try:
        return all((root / folder).stat().st_mtime_ns == time for folder, time in times.items())
    except OSError:
        return False
