"""Frozen encodings: computed once per source and input transform, kept on disk, mapped into memory."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from taskaffinity.models.frozen import Frozen
from taskaffinity.tasks import Task
from taskaffinity.training.bench import BATCH_ON_GPU, EVALUATION_BATCH, Bench
from taskaffinity.training.examples import FIXED, chunks, transformed
from taskaffinity.training.read_ahead import READERS, read_ahead
from taskaffinity.training.source import load_encoder

TRANSFER_SPLITS = ("transfer", "validation", "test")

Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class Encodings:
    """The encodings of one source: row of the data set to float32 (C, h, w).

    Attributes
    ----------
    rows
        Sorted rows that were encoded.
    values
        float32 (R, C, h, w), mapped from the disk.
    """

    rows: np.ndarray
    values: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        """Gather the encodings of rows (N,): (N, C, h, w)."""
        return self.values[np.searchsorted(self.rows, rows)]


@dataclass(frozen=True)
class Encoder:
    """Encodes the views that readouts see, and keeps what it made.

    Attributes
    ----------
    bench
        Where it runs.
    folder
        The cache; may be deleted at any time.
    weights
        Gives the recorded weights of a source by name.
    """

    bench: Bench
    folder: Path
    weights: Callable[[str], Weights]

    def encodings(self, source: str, identity: str, task: Task) -> Encodings:
        """Encode with `source` the images that `task` takes in, or map what was encoded before.

        Parameters
        ----------
        source
            Name of the source.
        identity
            Its identity; another one is another encoding.
        task
            Whose input transform applies.
        """
        rows = self.rows()
        file = self.folder / f"{source}-{self._key(identity, task, rows)}.npy"
        values = _map(file, len(rows))
        if values is None:
            values = self._encode(source, task, rows)
            _write(file, values)
        return Encodings(rows, values)

    def rows(self) -> np.ndarray:
        """Return the rows of the splits that readouts see, sorted."""
        splits = self.bench.experiment.rows
        return np.sort(np.concatenate([splits[name] for name in TRANSFER_SPLITS]))

    def _key(self, identity: str, task: Task, rows: np.ndarray) -> str:
        text = f"{identity}|{task.transform!r}|{self.bench.experiment.data.identity}|{len(rows)}|{rows.sum()}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @torch.inference_mode()
    def _encode(self, source: str, task: Task, rows: np.ndarray) -> np.ndarray:
        experiment, device = self.bench.experiment, self.bench.device
        on_gpu = device.type == "cuda"
        frozen = Frozen(
            load_encoder(self.bench, self.weights(source)), experiment.config.source.precision, device
        )

        def read(index: np.ndarray, draw: int) -> Tensor:
            images = experiment.data.read(rows[index], ["rgb"])["rgb"]
            images, _ = transformed(task, images, rows[index], experiment.config.seed, draw)
            return self.bench.pinned(torch.from_numpy(images))

        order = [(index, FIXED) for index in chunks(len(rows), BATCH_ON_GPU if on_gpu else EVALUATION_BATCH)]
        with read_ahead(read, order, READERS if on_gpu else 0) as batches:
            parts = [frozen(*self.bench.to_device([images])).contiguous() for images in batches]
        return torch.cat(parts).cpu().numpy()


def _map(file: Path, count: int) -> np.ndarray | None:
    """Map a kept array; None where it is not there or was cut short."""
    try:
        values = np.load(file, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    return values if len(values) == count else None


def _write(file: Path, values: np.ndarray) -> None:
    """Write whole and rename; a full disk costs the cache, not the work."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(suffix=".tmp", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                np.save(stream, values)
            Path(temporary).replace(file)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError:
        return
