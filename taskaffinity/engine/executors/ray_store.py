"""Supplies that reach workers through Ray's object store, so that no disk is shared.

The driver alone reads the run folder. With a job it sends the facts of the sources that the job reads, and
references to their weights, which a worker fetches only when it has to encode. The weights that encoders
start from are sent in the same way. A shared folder is sent when a worker's machine has it neither where the
driver has it nor in its cache.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import ray

from taskaffinity.engine.executors.folders import Manifest, Piece, find, manifest_of, pieces_of, unpack
from taskaffinity.engine.job import Job, sources_read
from taskaffinity.runs.folder import RunFolder


@dataclass(frozen=True)
class SentSource:
    """A source as it is sent: its facts, and a reference to its weights in the object store."""

    facts: dict[str, Any]
    weights: Any


@dataclass(frozen=True)
class JobInputs:
    """What is sent with a job.

    Attributes
    ----------
    sources
        The sources it reads, by name.
    folders
        References to the pieces of each folder, by its key; empty where they were not asked for.
    initial
        A reference to the weights that encoders start from; None where the job does not read them.
    """

    sources: dict[str, SentSource] = field(default_factory=dict)
    folders: dict[str, list[Any]] = field(default_factory=dict)
    initial: Any = None


class FolderMissingError(Exception):
    """A folder that this worker needs is not on its machine, and was not sent with the job."""


@dataclass
class SentSupplies:
    """The worker's end: what was sent with its jobs, and what is in its machine's cache.

    Attributes
    ----------
    manifests
        The shared folders by role.
    root
        Gives the cache of the machine that it is called on.
    """

    manifests: Mapping[str, Sequence[Manifest]]
    root: Callable[[], Path]
    _sources: dict[str, SentSource] = field(default_factory=dict)
    _pieces: dict[str, list[Any]] = field(default_factory=dict)
    _initial: Any = None

    def receive(self, inputs: JobInputs) -> None:
        """Keep what was sent with a job."""
        self._sources.update(inputs.sources)
        self._pieces, self._initial = inputs.folders, inputs.initial

    def folders(self, role: str) -> list[Path]:
        """Return the shared folders of a role, written into the cache where they are not here."""
        return [self._folder(manifest, role) for manifest in self.manifests.get(role, ())]

    def cache(self) -> Path:
        """Return a folder of this machine's cache; runs share it, for names tell encodings apart."""
        return self.root() / "encodings"

    def facts(self, source: str) -> dict[str, Any]:
        """Return the facts of a source that were sent with a job."""
        return self._sources[source].facts if source in self._sources else {}

    def weights(self, source: str) -> dict[str, np.ndarray]:
        """Fetch the weights of a source."""
        return _fetched(self._sources[source].weights)

    def initial(self) -> dict[str, np.ndarray]:
        """Fetch the weights that encoders start from."""
        return _fetched(self._initial)

    def _folder(self, manifest: Manifest, role: str) -> Path:
        root = self.root() / "received" / role
        present = find(manifest, root)
        if present is not None:
            return present
        if manifest.key not in self._pieces:
            raise FolderMissingError(manifest.key)
        return unpack(manifest, lambda: self._read_pieces(manifest), root)

    def _read_pieces(self, manifest: Manifest) -> Iterator[Piece]:
        for reference in self._pieces[manifest.key]:
            yield ray.get(reference)


def _fetched(reference: Any) -> dict[str, np.ndarray]:
    """Fetch weights as copies: arrays in the object store cannot be written to."""
    fetched: dict[str, np.ndarray] = ray.get(reference)
    return {name: array.copy() for name, array in fetched.items()}


@dataclass
class ObjectStore:
    """The driver's end: puts into the object store what jobs read, each thing once.

    Attributes
    ----------
    run
        The run folder.
    manifests
        The folders that workers may ask for.
    """

    run: RunFolder
    manifests: Sequence[Manifest] = ()
    _sources: dict[tuple[str, str], SentSource] = field(default_factory=dict)
    _pieces: dict[str, list[Any]] = field(default_factory=dict)
    _initial: Any = None

    def inputs_of(self, job: Job, with_folders: bool = False) -> JobInputs:
        """Gather what is sent with a job."""
        sources = {name: self._source(name) for name in sources_read(job)}
        initial = self._put_initial() if job.initial else None
        return JobInputs(sources, self._put_folders() if with_folders else {}, initial)

    def _source(self, name: str) -> SentSource:
        facts = self.run.source_facts(name) or {}
        key = name, str(facts.get("sha256"))
        if key not in self._sources:
            self._sources[key] = SentSource(facts, ray.put(self.run.source_weights(name)))
        return self._sources[key]

    def _put_initial(self) -> Any:
        if self._initial is None:
            self._initial = ray.put(self.run.initial_weights())
        return self._initial

    def _put_folders(self) -> dict[str, list[Any]]:
        if not self._pieces:
            for manifest in self.manifests:
                self._pieces[manifest.key] = [ray.put(piece) for piece in pieces_of(manifest)]
        return self._pieces


def manifest_of_small(folder: Path) -> Manifest:
    """List a small folder, identified by the content of its files."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    content = b"\0".join(file.name.encode() + b"\0" + file.read_bytes() for file in files)
    return manifest_of(folder, hashlib.sha256(content).hexdigest())
