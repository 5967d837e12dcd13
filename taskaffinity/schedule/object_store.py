"""Supplies that reach workers through Ray's object store: nothing is on a shared disk.

The driver alone reads the run folder. With a job it sends the facts of the job's sources and references to
their weights, which a worker fetches only when it has to encode; the weights that encoders start from go the
same way. The prepared data and the user's own tasks travel when a worker's machine has them neither where the
driver has them nor in its cache.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import ray

from taskaffinity.data.keep import DataSet, cache_root
from taskaffinity.schedule.jobs import Job
from taskaffinity.schedule.shipment import Manifest, Piece, find, manifest_of, pieces_of, unpack
from taskaffinity.store import RunFolder


@dataclass(frozen=True)
class Parcel:
    """A source on its way: its facts, and a reference to its weights in the object store."""

    facts: dict[str, Any]
    weights: Any


@dataclass(frozen=True)
class Post:
    """What travels with a job.

    Attributes
    ----------
    parcels
        The sources it builds on, by name.
    freight
        References to the pieces of each folder, by its key; empty where they were not asked for.
    initial
        A reference to what a source's encoder starts from; None for random weights.
    """

    parcels: dict[str, Parcel] = field(default_factory=dict)
    freight: dict[str, list[Any]] = field(default_factory=dict)
    initial: Any = None


class FreightMissingError(Exception):
    """A folder that this worker needs is not on its machine, and did not come with the job."""


@dataclass
class PostedSupplies:
    """The worker's end: what came with its jobs, and what lies in its machine's cache.

    Attributes
    ----------
    data_set
        The prepared data.
    tasks
        The user's own folders of tasks.
    """

    data_set: Manifest
    tasks: tuple[Manifest, ...] = ()
    _parcels: dict[str, Parcel] = field(default_factory=dict)
    _freight: dict[str, list[Any]] = field(default_factory=dict)
    _initial: Any = None

    def receive(self, post: Post) -> None:
        """Take in what came with a job."""
        self._parcels.update(post.parcels)
        self._freight, self._initial = post.freight, post.initial

    def data(self) -> Path:
        """Return the folder of the prepared data, unpacked into the cache where it is not here."""
        return self._folder(self.data_set, "data")

    def task_folders(self) -> list[Path]:
        """Return the user's own folders of tasks."""
        return [self._folder(manifest, "tasks") for manifest in self.tasks]

    def features(self) -> Path:
        """Return a folder of this machine's cache; encodings are told apart by what they were made from."""
        return cache_root() / "encodings"

    def facts(self, source: str) -> dict[str, Any]:
        """Return the facts of a source that came with a job."""
        return self._parcels[source].facts if source in self._parcels else {}

    def weights(self, source: str) -> dict[str, np.ndarray]:
        """Fetch the weights of a source."""
        return _fetched(self._parcels[source].weights)

    def initial(self) -> dict[str, np.ndarray]:
        """Fetch what the encoder of the job at hand starts from."""
        return _fetched(self._initial)

    def _folder(self, manifest: Manifest, kind: str) -> Path:
        root = cache_root() / "received" / kind
        found = find(manifest, root)
        if found is not None:
            return found
        if manifest.key not in self._freight:
            raise FreightMissingError(manifest.key)
        return unpack(manifest, lambda: self._pieces(manifest), root)

    def _pieces(self, manifest: Manifest) -> Iterator[Piece]:
        for reference in self._freight[manifest.key]:
            yield ray.get(reference)


def _fetched(reference: Any) -> dict[str, np.ndarray]:
    """Fetch weights as copies: arrays in the object store cannot be written to."""
    fetched: dict[str, np.ndarray] = ray.get(reference)
    return {name: array.copy() for name, array in fetched.items()}


@dataclass
class PostOffice:
    """The driver's end: puts into the object store what jobs need, once.

    Attributes
    ----------
    run
        The run folder.
    manifests
        The folders that workers may ask for.
    """

    run: RunFolder
    manifests: Sequence[Manifest] = ()
    _parcels: dict[tuple[str, str], Parcel] = field(default_factory=dict)
    _freight: dict[str, list[Any]] = field(default_factory=dict)
    _initial: Any = None

    def post(self, job: Job, with_freight: bool = False) -> Post:
        """Gather what travels with a job."""
        builds = job.kind in ("encode", "transfer")
        sources = {name for part in job.parts for name in part.sources} if builds else ()
        parcels = {name: self._parcel(name) for name in sources}
        initial = self._put_initial() if job.kind == "source" else None
        return Post(parcels, self._load() if with_freight else {}, initial)

    def _parcel(self, source: str) -> Parcel:
        facts = self.run.source_facts(source) or {}
        key = source, str(facts.get("sha256"))
        if key not in self._parcels:
            self._parcels[key] = Parcel(facts, ray.put(self.run.source_weights(source)))
        return self._parcels[key]

    def _put_initial(self) -> Any:
        if self._initial is None and self.run.initial_file.is_file():
            self._initial = ray.put(self.run.initial_weights())
        return self._initial

    def _load(self) -> dict[str, list[Any]]:
        if not self._freight:
            for manifest in self.manifests:
                self._freight[manifest.key] = [ray.put(piece) for piece in pieces_of(manifest)]
        return self._freight


def supplies_of(data: DataSet, task_folders: Sequence[Path]) -> PostedSupplies:
    """List what a worker needs of the driver's disk."""
    data_set = manifest_of(data.folder.resolve(), data.identity)
    return PostedSupplies(data_set, tuple(manifest_of(f.resolve(), _hash_of(f)) for f in task_folders))


def _hash_of(folder: Path) -> str:
    """Hash the files of a small folder."""
    files = sorted(file for file in folder.iterdir() if file.is_file())
    return hashlib.sha256(
        b"\0".join(file.name.encode() + b"\0" + file.read_bytes() for file in files)
    ).hexdigest()
