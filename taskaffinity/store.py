"""The run folder: read, write, resume. Files are written whole and renamed into place."""

import errno
import fcntl
import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from taskaffinity import config as configuration
from taskaffinity.config import Config
from taskaffinity.errors import RunError, RunLockedError, WriteError

if TYPE_CHECKING:
    from taskaffinity.engine.result import Cell, TrainedSource

RECORDED_PACKAGES = (
    "taskaffinity",
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "scikit-image",
    "opencv-python-headless",
)

# What reading a file raises that was cut short or changed.
DAMAGED = (OSError, ValueError, KeyError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class RunFolder:
    """A run on disk; its layout is described in ``docs/formats.md``."""

    path: Path

    @property
    def config_file(self) -> Path:
        """The resolved configuration; its presence makes a folder a run."""
        return self.path / "config.yaml"

    @property
    def features(self) -> Path:
        """Frozen encodings; a cache."""
        return self.path / "features"

    @property
    def log_file(self) -> Path:
        """What happened."""
        return self.path / "run.log"

    def exists(self) -> bool:
        """Tell whether there is a run here."""
        return self.config_file.is_file()

    def require(self) -> "RunFolder":
        """Return this folder.

        Raises
        ------
        RunError
            It is not a run.
        """
        if not self.exists():
            raise RunError(
                f"{self.path} is not a run folder (it has no config.yaml); make one with `taskaffinity run`"
            )
        return self

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from working on this run; the lock dies with the process."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle = (self.path / ".lock").open("w")
        except OSError as error:
            raise RunError(
                f"{self.path} cannot be written ({error.strerror}); choose another folder with --out"
            ) from None
        with handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise RunLockedError(
                    f"another process is working on {self.path}; "
                    "wait for it, or choose another folder with --out"
                ) from None
            except OSError as error:
                raise RunError(
                    f"{self.path} cannot be locked ({error.strerror}); choose one on another disk with --out"
                ) from None
            self.clean()
            yield

    def clean(self) -> None:
        """Remove what a killed process left half written; nothing else is touched."""
        hidden = (f"{place}.*.tmp" for place in ("", "sources/", "cells/*/", "taxonomy/", "figures/"))
        for pattern in (*hidden, "features/*.tmp"):
            for file in self.path.glob(pattern):
                file.unlink(missing_ok=True)

    def write_config(self, config: Config) -> None:
        """Record the resolved configuration with the versions of the packages that matter."""
        packages = {name: _version(name) for name in RECORDED_PACKAGES}
        text = yaml.safe_dump({**config.dump(), "packages": packages}, sort_keys=False, allow_unicode=True)
        write_atomically(self.config_file, text.encode())

    def config(self) -> Config:
        """Read the configuration of the run."""
        return configuration.load(self.require().config_file)

    def source_files(self, name: str) -> tuple[Path, Path]:
        """Return the files of a source: weights and facts."""
        folder = self.path / "sources"
        return folder / f"{name}.safetensors", folder / f"{name}.json"

    def write_source(self, source: "TrainedSource") -> None:
        """Record a source; the facts come last and make it whole.

        Facts that are there go first, or a process killed in between would leave new weights under old facts.
        """
        from safetensors.numpy import save

        weights, facts = self.source_files(source.name)
        content = save(source.weights)
        facts.unlink(missing_ok=True)
        write_atomically(weights, content)
        write_atomically(facts, _json({**source.facts, "sha256": hashlib.sha256(content).hexdigest()}))

    def source_facts(self, name: str) -> dict[str, Any] | None:
        """Read the facts of a source; None where it is not there. The weights are not looked into."""
        weights, facts = self.source_files(name)
        try:
            content = json.loads(facts.read_text("utf-8")) if weights.is_file() else None
        except DAMAGED:
            return None
        return content if isinstance(content, dict) else None

    def whole_source_facts(self, name: str) -> dict[str, Any] | None:
        """Read the facts of a source whose weights are as they were written; None otherwise."""
        facts = self.source_facts(name)
        try:
            with self.source_files(name)[0].open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            return None
        return facts if facts and facts.get("sha256") == digest else None

    def source_weights(self, name: str) -> dict[str, np.ndarray]:
        """Read the weights of a source.

        Raises
        ------
        RunError
            The file is missing or damaged.
        """
        return _weights(self.source_files(name)[0])

    @property
    def initial_file(self) -> Path:
        """What the encoders of sources start from; not there where that is random weights."""
        return self.path / "weights.safetensors"

    def write_initial(self, weights: dict[str, np.ndarray] | None) -> None:
        """Keep what the encoders of sources start from, for workers to read; nothing for random weights."""
        from safetensors.numpy import save

        if weights is None:
            self.initial_file.unlink(missing_ok=True)
        else:
            write_atomically(self.initial_file, save(weights))

    def initial_weights(self) -> dict[str, np.ndarray]:
        """Read what the encoders of sources start from.

        Raises
        ------
        RunError
            The file is missing or damaged.
        """
        return _weights(self.initial_file)

    def cell_file(self, target: str, sources: str) -> Path:
        """Return the file of a cell."""
        return self.path / "cells" / target / f"{sources}.npz"

    def write_cell(self, cell: "Cell") -> None:
        """Record a cell."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer, losses=cell.losses, images=np.array(cell.images), shown=cell.shown,
            predictions=cell.predictions, facts=np.array(json.dumps(cell.facts)),
        )  # fmt: skip
        write_atomically(self.cell_file(cell.target, cell.name), buffer.getvalue())

    def cell_facts(self, target: str, sources: str) -> dict[str, Any] | None:
        """Read the facts of a cell that is whole by its checksums; None otherwise."""
        try:
            facts = json.loads(str(_arrays(self.cell_file(target, sources), ["facts"])["facts"]))
        except DAMAGED:
            return None
        return facts if isinstance(facts, dict) else None

    def read_cell(self, target: str, sources: str) -> "Cell":
        """Read a whole cell.

        Raises
        ------
        RunError
            It is missing or damaged.
        """
        from taskaffinity.engine.result import Cell

        path = self.cell_file(target, sources)
        try:
            held = _arrays(path, ["images", "losses", "shown", "predictions", "facts"])
            return Cell(
                target, tuple(sources.split("+")), held["images"].tolist(), held["losses"], held["shown"],
                held["predictions"], json.loads(str(held["facts"])),
            )  # fmt: skip
        except DAMAGED:
            raise RunError(
                f"{path} is missing or damaged; run the same command again to measure it anew"
            ) from None

    def losses_table(self, cells: list[tuple[str, str]]) -> pd.DataFrame:
        """Gather the per-image losses of cells, given as pairs of target and sources."""
        return pd.concat([_cell_frame(self.read_cell(*cell)) for cell in sorted(cells)], ignore_index=True)

    def write_losses(self, losses: pd.DataFrame) -> None:
        """Record the losses table."""
        buffer = io.BytesIO()
        losses.to_parquet(buffer, index=False)
        write_atomically(self.path / "losses.parquet", buffer.getvalue())

    def write_sources(self, sources: pd.DataFrame) -> None:
        """Record the table of sources, ``sources.csv``."""
        write_atomically(self.path / "sources.csv", sources.to_csv(index=False).encode())

    def write_json(self, name: str, value: Any) -> None:
        """Record a value as JSON."""
        write_atomically(self.path / name, _json(value))

    def read_json(self, name: str) -> Any:
        """Read a value that was recorded as JSON; None where there is none."""
        try:
            return json.loads((self.path / name).read_text("utf-8"))
        except DAMAGED:
            return None


def _weights(file: Path) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(file)
    except (*DAMAGED, SafetensorError):
        raise RunError(f"{file} is missing or damaged; run the same command again to make it anew") from None


def _arrays(file: Path, names: list[str]) -> dict[str, np.ndarray]:
    """Read some arrays of an archive whose every member agrees with its checksum."""
    content = io.BytesIO(file.read_bytes())
    with zipfile.ZipFile(content) as members:
        damaged = members.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(damaged)
    content.seek(0)
    with np.load(content, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in names}


def _cell_frame(cell: "Cell") -> pd.DataFrame:
    count = len(cell.losses)
    return pd.DataFrame({
        "target": pd.Categorical([cell.target] * count), "sources": pd.Categorical([cell.name] * count),
        "image": cell.images, "loss": cell.losses.astype(np.float64),
        "transfer_size": cell.facts.get("transfer_size", 0), "seed": cell.facts.get("seed", 0),
    }).astype({"target": str, "sources": str})  # fmt: skip


def write_atomically(file: Path, content: bytes) -> None:
    """Write to a temporary file beside it, flush to the disk, rename into place.

    Raises
    ------
    WriteError
        There is no room, or no leave to write; what was there before is still there, whole.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{file.name}-", suffix=".tmp", dir=file.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            temporary.chmod(0o644)
            temporary.replace(file)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        advice = "free some room" if error.errno in FULL else "mend that"
        raise WriteError(
            f"{file} cannot be written ({error.strerror}); {advice} and run the same command again"
        ) from None


def _json(value: Any) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode()


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
