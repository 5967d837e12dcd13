"""Folders sent from machine to machine: cut into pieces, and put together under the name of their content.

A folder is identified by its manifest: the identity of its content, and the names and sizes of its files.
Where the other machine sees the same folder at the same place, as on a shared disk, nothing is sent. A folder
that was received carries checksums of its files; where they do not match, it is sent again.
"""

import fcntl
import hashlib
import json
import shutil
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from taskaffinity.cache import half_made_folder, remove_leftovers
from taskaffinity.errors import DataError

PIECE = 64 * 2**20  # bytes
BLOCK = 2**22  # bytes read at a time to check a file
CHECKSUMS = ".checksums.json"  # of a received folder: CRC-32 by name of file

Piece = tuple[str, bytes]  # a file's name, and the next bytes of it


@dataclass(frozen=True)
class Manifest:
    """What a folder holds.

    Attributes
    ----------
    folder
        Where the sender has it.
    identity
        Identifies its content among all folders of its kind.
    files
        Size in bytes by name.
    """

    folder: Path
    identity: str
    files: dict[str, int]

    @property
    def key(self) -> str:
        """A name for the content."""
        text = json.dumps([self.identity, sorted(self.files.items())])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def is_in(self, folder: Path) -> bool:
        """Whether a folder holds every file in its size."""
        try:
            return all((folder / name).stat().st_size == size for name, size in self.files.items())
        except OSError:
            return False


def manifest_of(folder: Path, identity: str) -> Manifest:
    """List the plain files of a folder; hidden ones may be half written."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and not file.name.startswith("."))
    return Manifest(folder, identity, {file.name: file.stat().st_size for file in files})


def pieces_of(manifest: Manifest, size: int = PIECE) -> Iterator[Piece]:
    """Read a folder piece by piece; a file without content is one empty piece."""
    for name, length in manifest.files.items():
        with (manifest.folder / name).open("rb") as file:
            for _ in range(max(1, -(-length // size))):
                yield name, file.read(size)


def find(manifest: Manifest, root: Path) -> Path | None:
    """Find the folder on this machine: where the sender has it, or received before and whole; else None.

    A received folder is read once to check it.
    """
    if manifest.is_in(manifest.folder):
        return manifest.folder
    received = root / manifest.key
    return received if _is_whole(manifest, received) else None


def unpack(manifest: Manifest, pieces: Callable[[], Iterator[Piece]], root: Path) -> Path:
    """Write a folder on this machine, once, however many processes ask for it.

    Parameters
    ----------
    manifest
        What belongs in it.
    pieces
        Gives its pieces in the order of `pieces_of`; called only where the folder is not there.
    root
        The folder that unpacked folders lie in.

    Raises
    ------
    DataError
        What arrived does not match the manifest, or cannot be written.
    """
    folder = root / manifest.key
    try:
        root.mkdir(parents=True, exist_ok=True)
        remove_leftovers(root)
        with (root / f".{manifest.key}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not _is_whole(manifest, folder):
                _write(manifest, pieces(), folder)
    except OSError as error:
        raise DataError(f"{folder} cannot be written ({error.strerror}); free some room there") from None
    return folder


def _write(manifest: Manifest, pieces: Iterator[Piece], folder: Path) -> None:
    with half_made_folder(folder) as made:
        sums = dict.fromkeys(manifest.files, 0)
        for name, content in pieces:
            with (made / name).open("ab") as file:
                file.write(content)
            sums[name] = zlib.crc32(content, sums.get(name, 0))
        if not manifest.is_in(made):
            raise DataError(f"{folder}: what arrived is not whole; run the same command again")
        (made / CHECKSUMS).write_text(json.dumps(sums))
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)


def _is_whole(manifest: Manifest, folder: Path) -> bool:
    """Whether a received folder holds every file in its size and with its checksum."""
    if not manifest.is_in(folder):
        return False
    try:
        sums = json.loads((folder / CHECKSUMS).read_bytes())
        return all(sums.get(name) == _checksum(folder / name) for name in manifest.files)
    except (OSError, ValueError, AttributeError):
        return False


def _checksum(file: Path) -> int:
    total = 0
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            total = zlib.crc32(block, total)
    return total
