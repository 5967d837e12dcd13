"""Digests of file contents: the identity of a data set depends on its content, not on its place.

Every file is read whole once. Its digest is remembered in the cache folder, together with what the file
system says of the file: its size, the times of the last change of its content and of its status, and its
inode. A program cannot set the time of the status back, so a file whose content changed is read again even
where its size and the time of its content are as before. A change within `RACY` seconds before reading may
escape the clock of the file system; such a file is not remembered.
"""

import hashlib
import logging
import os
import stat
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from taskaffinity.cache import cache_root, remove_leftovers
from taskaffinity.data.checked import map_array, save_array
from taskaffinity.errors import WriteError

log = logging.getLogger(__name__)

RACY = 2.0  # seconds
BLOCK = 2**20  # bytes read at a time
TOGETHER = 256  # files that one thread reads in a row
THREADS = 4  # reading waits for the disk more than for the processor
DIGEST_BYTES = 16
REMEMBERED = np.dtype([("file", "<u8"), ("digest", "V16")])

Digest = bytes


class Contents:
    """Digests of the files below a root.

    Attributes
    ----------
    root
        The folder.
    read
        How many files were read, not remembered.
    """

    def __init__(self, root: Path, remembered: np.ndarray) -> None:
        self.root, self.read = root, 0
        self._prefix = str(root) + os.sep  # joining paths as text: there may be millions of files
        self._remembered = remembered
        self._began = time.time()
        self._now: list[np.ndarray] = []

    def digests(self, names: Sequence[str]) -> list[Digest]:
        """Return the digest of each file, given by its path below the root: `DIGEST_BYTES` bytes each."""
        statuses = list(map(self._look, names))
        keys = np.array([key for key, _, _ in statuses], "<u8")
        at = np.minimum(np.searchsorted(self._remembered["file"], keys), max(len(self._remembered) - 1, 0))
        hits = self._remembered["file"][at] == keys if len(self._remembered) else np.zeros(len(keys), bool)
        digests = [b""] * len(names)
        for row in np.flatnonzero(hits).tolist():
            digests[row] = self._remembered["digest"][at[row]].tobytes()
        unknown = np.flatnonzero(~hits).tolist()
        for row, digest in zip(unknown, self._read([names[row] for row in unknown]), strict=True):
            digests[row] = digest
        lasting = [
            row for row, (_, changed, regular) in enumerate(statuses) if regular and self._lasts(changed)
        ]
        self._now.append(_table([int(keys[row]) for row in lasting], [digests[row] for row in lasting]))
        return digests

    def _look(self, name: str) -> tuple[int, float, bool]:
        """Return a key for a file as it is now, when it changed, and whether it is a plain file."""
        try:
            status = os.stat(self._prefix + name)  # noqa: PTH116
        except OSError:
            return 0, 0.0, False
        times = status.st_mtime_ns, status.st_ctime_ns
        numbers = status.st_size, *times, status.st_ino % 2**63, status.st_dev % 2**63
        text = os.fsencode(name) + struct.pack("<5q", *numbers)
        key = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")
        return key, max(times) / 1e9, stat.S_ISREG(status.st_mode)

    def _lasts(self, changed: float) -> bool:
        return changed < self._began - RACY

    def _read(self, names: Sequence[str]) -> Iterator[Digest]:
        self.read += len(names)
        if len(names) <= TOGETHER:
            yield from map(self._digest, names)
            return
        parts = [names[start : start + TOGETHER] for start in range(0, len(names), TOGETHER)]
        with ThreadPoolExecutor(THREADS) as pool:
            for digests in pool.map(lambda part: [self._digest(name) for name in part], parts):
                yield from digests

    def _digest(self, name: str) -> Digest:
        return digest_of_file(self._prefix + name)

    def table(self) -> np.ndarray:
        """Return what is to be remembered, sorted by file."""
        whole = np.concatenate([np.zeros(0, REMEMBERED), *self._now])
        return whole[np.unique(whole["file"], return_index=True)[1]]


def digest_of_file(path: str | Path) -> Digest:
    """Read a file whole and return its digest; for what cannot be read, the reason stands in its place."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # opening a pipe must not wait
        with os.fdopen(handle, "rb", buffering=0) as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                return b"no plain file".ljust(DIGEST_BYTES)
            digest = hashlib.sha256()
            while block := stream.read(BLOCK):
                digest.update(block)
            return digest.digest()[:DIGEST_BYTES]
    except OSError as error:
        return f"unreadable {error.errno}".encode().ljust(DIGEST_BYTES)


def _table(keys: Sequence[int], digests: Sequence[Digest]) -> np.ndarray:
    table = np.zeros(len(keys), REMEMBERED)
    table["file"] = keys
    table["digest"] = np.frombuffer(b"".join(digests), "V16") if digests else np.zeros(0, "V16")
    return table


@contextmanager
def contents_of(root: Path, cache: Path | None = None) -> Iterator[Contents]:
    """Give the digests of files below a root, and remember them afterwards.

    Parameters
    ----------
    root
        The folder.
    cache
        Where digests are remembered; a folder in `cache_root()` when left out. Where it cannot be written,
        every file is read each time.
    """
    try:
        folder = cache or cache_root() / f"contents-{os.getuid()}"  # what one user can read, another may not
    except WriteError:
        yield Contents(root, np.zeros(0, REMEMBERED))
        return
    name = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    file = folder / f"{name}.npy"
    remembered = map_array(file)
    if remembered is None or remembered.dtype != REMEMBERED or remembered.ndim != 1:
        remembered = np.zeros(0, REMEMBERED)
    contents = Contents(root, np.array(remembered))
    yield contents
    if contents.read:
        try:
            remove_leftovers(folder)
            save_array(file, contents.table())
        except OSError as error:
            log.info("digests of files are not remembered: %s", error)


def listing_identity(root: Path, names: Iterable[str], cache: Path | None = None) -> str:
    """Hash the names and the content of files below a folder, wherever the folder is."""
    ordered = sorted(names)
    digest = hashlib.sha256()
    with contents_of(root, cache) as contents:
        for name, held in zip(ordered, contents.digests(ordered), strict=True):
            digest.update(os.fsencode(name) + b"\0" + held + b"\n")
    return digest.hexdigest()[:16]
