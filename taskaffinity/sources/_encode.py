"""Frozen encodings: computed once per source and input transform, kept on disk, mapped into memory."""

import hashlib
import io
import os
import tempfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from taskaffinity.models.shapes import ImageFormat
from taskaffinity.sources._contract import Source, Weights
from taskaffinity.tasks import Task
from taskaffinity.training.bench import EVALUATION_BATCH, Bench
from taskaffinity.training.encodings import TRANSFER_SPLITS, Encodings
from taskaffinity.training.examples import FIXED, chunks, transformed
from taskaffinity.training.identity import transform_identity
from taskaffinity.training.loop import autocast, is_bf16

CHECKSUM = 4  # bytes behind each kept array: CRC-32 of all before


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
            values = self._encode(source, task, rows)
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
            identity, transform_identity(task.transform), experiment.config.seed, experiment.data.identity,
            is_bf16(source.precision, self.bench.device),
        ):  # fmt: skip
            digest.update(f"|{part}".encode())
        return digest.hexdigest()[:16]

    @torch.inference_mode()
    def _encode(self, source: Source, task: Task, rows: np.ndarray) -> np.ndarray:
        experiment, device = self.bench.experiment, self.bench.device
        encoder = source.encoder(self.weights(source.name))
        encoder = encoder.to(device).to(memory_format=torch.channels_last)
        parts = []
        for index in chunks(len(rows), EVALUATION_BATCH):
            images = experiment.data.read(rows[index], ["rgb"])["rgb"]
            images, _ = transformed(task, images, rows[index], experiment.config.seed, FIXED)
            batch = formatted(self.bench.to_device([torch.from_numpy(images)])[0], source.image)
            with autocast(source.precision, device):
                parts.append(encoder(batch).float().cpu().contiguous().numpy())
        return np.concatenate(parts)


def formatted(images: Tensor, wanted: ImageFormat) -> Tensor:
    """Bring images (N, 3, H, W) in [0, 1] to the format of an encoder; untouched where it is theirs."""
    if tuple(images.shape[2:]) != wanted.size:
        images = F.interpolate(images, wanted.size, mode="bilinear", align_corners=False, antialias=True)
    if wanted == ImageFormat(wanted.size):
        return images
    mean, spread = (images.new_tensor(values).view(1, 3, 1, 1) for values in (wanted.mean, wanted.spread))
    return (images * wanted.top - mean) / spread


def _map(file: Path, count: int) -> np.ndarray | None:
    """Map a kept array; None where it is not there, was cut short, or does not have its checksum."""
    try:
        values = np.load(file, mmap_mode="r")
        whole = len(values) == count and _is_whole(file, file.stat().st_mtime_ns)
    except (OSError, ValueError, EOFError):
        return None
    return values if whole else None


@lru_cache(maxsize=4096)
def _is_whole(file: Path, written: int) -> bool:
    """Tell whether a file ends with the checksum of what it holds; read once for each time of writing."""
    content = np.memmap(file, np.uint8, mode="r").data
    return zlib.crc32(content[:-CHECKSUM]) == int.from_bytes(content[-CHECKSUM:], "little")


def _write(file: Path, values: np.ndarray) -> None:
    """Write whole, its checksum behind it, and rename; a full disk costs the cache, not the work."""
    content = io.BytesIO()
    np.save(content, values)
    checksum = zlib.crc32(content.getbuffer()).to_bytes(CHECKSUM, "little")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(suffix=".tmp", dir=file.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content.getbuffer())
                stream.write(checksum)
            Path(temporary).replace(file)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError:
        return
