"""Frozen encodings: computed once per source and input transform, kept on disk, mapped into memory."""

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from taskaffinity.cache import remove_leftovers
from taskaffinity.data.checked import map_array, save_array
from taskaffinity.models.frozen import Frozen
from taskaffinity.models.precision import uses_bf16
from taskaffinity.models.shapes import ImageFormat
from taskaffinity.sources._contract import Source, Weights
from taskaffinity.tasks import Task
from taskaffinity.training.bench import BATCH_ON_GPU, EVALUATION_BATCH, Bench
from taskaffinity.training.encodings import TRANSFER_SPLITS, Encodings
from taskaffinity.training.examples import FIXED, chunks, transformed
from taskaffinity.training.read_ahead import READERS, read_ahead

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EncodingCache:
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

    def encodings(self, source: Source, identity: str, task: Task) -> Encodings:
        """Encode with `source` the images that `task` takes in, or map what was encoded before.

        Parameters
        ----------
        source
            The source.
        identity
            Its identity; another one is another encoding.
        task
            Whose input transform applies.
        """
        rows = self.rows()
        file = self.folder / f"{source.name}-{self._key(source, identity, task, rows)}.npy"
        values = _map(file, len(rows))
        if values is None:
            values = source.given([str(self.bench.experiment.data.ids[row]) for row in rows])
            if values is None:
                values = encode(self.bench, source, self.weights(source.name), task, rows)
            _write(file, values)
        return Encodings(rows, values)

    def rows(self) -> np.ndarray:
        """Return the rows of the splits that readouts see, sorted."""
        splits = self.bench.experiment.rows
        return np.sort(np.concatenate([splits[name] for name in TRANSFER_SPLITS]))

    def _key(self, source: Source, identity: str, task: Task, rows: np.ndarray) -> str:
        """Hash all that the values depend on; ``auto`` counts as the precision it comes to on this device."""
        experiment = self.bench.experiment
        digest = hashlib.sha256(rows.tobytes())
        for part in (
            identity, task.transform_identity, experiment.config.seed, experiment.data.identity,
            uses_bf16(source.precision, self.bench.device),
        ):  # fmt: skip
            digest.update(f"|{part}".encode())
        return digest.hexdigest()[:16]


@torch.inference_mode()
def encode(bench: Bench, source: Source, weights: Weights, task: Task, rows: np.ndarray) -> np.ndarray:
    """Encode the images that a task takes in, with the encoder of a source.

    Parameters
    ----------
    bench
        Where it runs.
    source
        The source.
    weights
        Its recorded weights.
    task
        Whose input transform applies.
    rows
        int64 (N,), rows of the data set.

    Returns
    -------
    ndarray
        float32 (N, C, h, w).
    """
    experiment, device = bench.experiment, bench.device
    on_gpu = device.type == "cuda"
    frozen = Frozen(source.encoder(weights), source.precision, device)

    def read(index: np.ndarray, draw: int) -> Tensor:
        images = experiment.data.read(rows[index], ["rgb"])["rgb"]
        images, _ = transformed(task, images, rows[index], experiment.config.seed, draw)
        return bench.pinned(torch.from_numpy(images))

    order = [(index, FIXED) for index in chunks(len(rows), BATCH_ON_GPU if on_gpu else EVALUATION_BATCH)]
    with read_ahead(read, order, READERS if on_gpu else 0) as batches:
        parts = [
            frozen(formatted(bench.to_device([images])[0], source.image)).contiguous() for images in batches
        ]
    return torch.cat(parts).cpu().numpy()


def formatted(images: Tensor, wanted: ImageFormat) -> Tensor:
    """Bring images (N, 3, H, W) in [0, 1] to the format of an encoder; untouched where it is theirs."""
    if tuple(images.shape[2:]) != wanted.size:
        images = F.interpolate(images, wanted.size, mode="bilinear", align_corners=False, antialias=True)
    if wanted == ImageFormat(wanted.size):
        return images
    mean, spread = (images.new_tensor(values).view(1, 3, 1, 1) for values in (wanted.mean, wanted.spread))
    return (images * wanted.top - mean) / spread


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
