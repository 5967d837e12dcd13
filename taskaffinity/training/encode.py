"""Frozen encodings: computed once per source and input transform, kept on disk, mapped into memory."""

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from taskaffinity.data.cache import remove_leftovers
from taskaffinity.data.checked import map_array, save_array
from taskaffinity.tasks import Task
from taskaffinity.training.bench import EVALUATION_BATCH, Bench
from taskaffinity.training.examples import FIXED, chunks, transformed
from taskaffinity.training.loop import autocast
from taskaffinity.training.source import load_encoder

log = logging.getLogger(__name__)

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
        encoder, parts = load_encoder(self.bench, self.weights(source)), []
        for index in chunks(len(rows), EVALUATION_BATCH):
            images = experiment.data.read(rows[index], ["rgb"])["rgb"]
            images, _ = transformed(task, images, rows[index], experiment.config.seed, FIXED)
            batch = self.bench.to_device([torch.from_numpy(images)])[0]
            with autocast(experiment.config.source.precision, device):
                parts.append(encoder(batch).float().cpu().contiguous().numpy())
        return np.concatenate(parts)


def _map(file: Path, count: int) -> np.ndarray | None:
    """Map a kept array; None where it is not there, or where it is damaged, which is said."""
    values = map_array(file)
    if values is not None and len(values) == count:
        return values
    if file.exists():
        log.warning("%s is damaged or of an earlier version; the images are encoded again", file)
    return None


def _write(file: Path, values: np.ndarray) -> None:
    """Write whole and rename; a full disk costs the cache, not the work."""
    with suppress(OSError):
        remove_leftovers(file.parent)
        save_array(file, values)
