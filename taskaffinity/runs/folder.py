"""The run folder: what is measured is read, written and resumed here. ``docs/formats.md`` has its layout."""

import hashlib
import io
import json
import logging
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import yaml

from taskaffinity import config as configuration
from taskaffinity.config import Config
from taskaffinity.errors import RunError
from taskaffinity.runs.facts import CellFacts, SourceFacts
from taskaffinity.runs.files import DAMAGED, Stamp, has_settled, read_arrays, stamp_of, to_json
from taskaffinity.runs.jobs import JobsRecord
from taskaffinity.runs.place import Place, damaged

if TYPE_CHECKING:
    from taskaffinity.engine.result import Cell, TrainedSource

log = logging.getLogger(__name__)

RECORDED_PACKAGES = (
    "taskaffinity",
    "torch",
    "torchvision",
    "numpy",
    "scipy",
    "scikit-image",
    "opencv-python-headless",
)
CELL = ("images", "losses", "shown", "predictions", "facts")


@dataclass(frozen=True)
class RunFolder(Place):
    """A run on disk.

    A file that is missing means that the work was not done yet, and only that. A file that is damaged is a
    `RunError` that names it; the methods that the driver resumes by (`cell_facts`, `source_facts`,
    `whole_source_facts`) say it in the log and count the work as not done.

    The facts of a cell that was read are kept while its file stays the same, so that a process opens each
    file once.
    """

    _cells_read: dict[tuple[str, str], tuple[Stamp, bytes]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

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

    @property
    def report_file(self) -> Path:
        """The report."""
        return self.path / "report.html"

    @property
    def initial_file(self) -> Path:
        """What the encoders of sources start from; not there where that is random weights."""
        return self.path / "weights.safetensors"

    def exists(self) -> bool:
        """Tell whether there is a run here."""
        return self.config_file.is_file()

    def require(self) -> Self:
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

    def write_config(self, config: Config) -> None:
        """Record the resolved configuration with the versions of the packages that matter."""
        packages = {name: _version(name) for name in RECORDED_PACKAGES}
        text = yaml.safe_dump({**config.dump(), "packages": packages}, sort_keys=False, allow_unicode=True)
        self.write("config.yaml", content=text.encode())

    def config(self) -> Config:
        """Read the configuration of the run."""
        return configuration.load(self.require().config_file)

    def write_jobs(self, record: JobsRecord) -> None:
        """Record what the run sets out to do; tables of another state are out of date from here on."""
        self.write("jobs.json", content=to_json(record.plain()))

    def jobs(self) -> JobsRecord | None:
        """Read what the run set out to do; None in a folder that an earlier version made."""
        return self.read_record(JobsRecord, "jobs.json")

    def read_json(self, name: str) -> Any:
        """Read what the driver recorded as JSON for itself; None where it has to begin again."""
        try:
            content = self.read(*name.split("/"))
            return None if content is None else json.loads(content)
        except RunError as error:
            log.warning("%s", error)
        except DAMAGED as error:
            log.warning("%s", damaged(self.path / name, error))
        return None

    def source_files(self, name: str) -> tuple[Path, Path]:
        """Return the files of a source: weights and facts."""
        return self.file("sources", f"{name}.safetensors"), self.file("sources", f"{name}.json")

    def write_source(self, source: "TrainedSource") -> None:
        """Record a source; the facts come last and make it whole.

        Facts that are there go first, or a process killed in between would leave new weights under old facts.
        """
        from safetensors.numpy import save

        content = save(source.weights)
        self.remove("sources", f"{source.name}.json")
        self.write("sources", f"{source.name}.safetensors", content=content)
        facts = {**source.facts, "sha256": hashlib.sha256(content).hexdigest()}
        self.write("sources", f"{source.name}.json", content=to_json(facts))

    def source(self, name: str) -> SourceFacts | None:
        """Read the facts of a source; None where it is not there. The weights are not looked into.

        Raises
        ------
        RunError
            The file is damaged.
        """
        facts = self.read_record(SourceFacts, "sources", f"{name}.json")
        if facts is not None and facts.sha256 and not self.source_files(name)[0].is_file():
            return None
        return facts

    def whole_source(self, name: str) -> SourceFacts | None:
        """Read the facts of a source whose weights are as they were written.

        Raises
        ------
        RunError
            The facts or the weights are damaged.
        """
        facts, file = self.source(name), self.source_files(name)[0]
        if facts is None or not facts.sha256:
            return facts
        try:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise damaged(file, error) from None
        if digest != facts.sha256:
            raise damaged(file, ValueError("it is not what was written"))
        return facts

    def source_facts(self, name: str) -> dict[str, Any] | None:
        """Return the facts of a source as plain values; None where it has to be trained."""
        try:
            facts = self.source(name)
        except RunError as error:
            log.warning("%s", error)
            return None
        return None if facts is None else facts.plain()

    def whole_source_facts(self, name: str) -> dict[str, Any] | None:
        """Return the facts of a whole source as plain values; None where it has to be trained."""
        try:
            facts = self.whole_source(name)
        except RunError as error:
            log.warning("%s", error)
            return None
        return None if facts is None else facts.plain()

    def source_weights(self, name: str) -> dict[str, np.ndarray]:
        """Read the weights of a source.

        Raises
        ------
        RunError
            The file is missing or damaged.
        """
        return _weights(self.source_files(name)[0])

    def write_initial(self, weights: dict[str, np.ndarray] | None) -> None:
        """Keep what the encoders of sources start from, for workers to read; nothing for random weights."""
        from safetensors.numpy import save

        self.put(self.initial_file.name, content=None if weights is None else save(weights))

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
        return self.file("cells", target, f"{sources}.npz")

    def write_cell(self, cell: "Cell") -> None:
        """Record a cell."""
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer, losses=cell.losses, images=np.array(cell.images), shown=cell.shown,
            predictions=cell.predictions, facts=np.array(json.dumps(cell.facts)),
        )  # fmt: skip
        self.write("cells", cell.target, f"{cell.name}.npz", content=buffer.getvalue())

    def cell(self, target: str, sources: str) -> CellFacts | None:
        """Read the facts of a cell that is whole by its checksums; None where there is none.

        Raises
        ------
        RunError
            The file is damaged.
        """
        file = self.cell_file(target, sources)
        stamp = stamp_of(file)
        if stamp is None:
            return None
        kept = self._cells_read.get((target, sources))
        try:
            content = kept[1] if kept and kept[0] == stamp else _facts_in(file)
            facts = CellFacts.read(content)
        except DAMAGED as error:
            raise damaged(file, error) from None
        if has_settled(stamp):
            self._cells_read[target, sources] = stamp, content
        return facts

    def cell_facts(self, target: str, sources: str) -> dict[str, Any] | None:
        """Return the facts of a cell as plain values; None where it has to be measured."""
        try:
            facts = self.cell(target, sources)
        except RunError as error:
            log.warning("%s", error)
            return None
        return None if facts is None else facts.plain()

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
            held = read_arrays(path, CELL)
            return Cell(
                target, tuple(sources.split("+")), held["images"].tolist(), held["losses"], held["shown"],
                held["predictions"], json.loads(str(held["facts"])),
            )  # fmt: skip
        except DAMAGED:
            raise RunError(
                f"{path} is missing or damaged; run the same command again to measure it again"
            ) from None

    def losses_table(self, cells: list[tuple[str, str]]) -> pd.DataFrame:
        """Gather the per-image losses of cells, given as pairs of target and sources."""
        return pd.concat([_cell_frame(self.read_cell(*cell)) for cell in sorted(cells)], ignore_index=True)

    def write_losses(self, losses: pd.DataFrame) -> None:
        """Record the losses table."""
        buffer = io.BytesIO()
        losses.to_parquet(buffer, index=False)
        self.write("losses.parquet", content=buffer.getvalue())

    def write_sources(self, sources: pd.DataFrame) -> None:
        """Record the table of sources, ``sources.csv``."""
        self.write("sources.csv", content=sources.to_csv(index=False).encode())


def _facts_in(file: Path) -> bytes:
    """Read the facts in the file of a cell, whose every array is checked on the way."""
    return str(read_arrays(file, ["facts"])["facts"]).encode()


def _weights(file: Path) -> dict[str, np.ndarray]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(file)
    except (*DAMAGED, SafetensorError):
        raise RunError(f"{file} is missing or damaged; run the same command again to make it new") from None


def _cell_frame(cell: "Cell") -> pd.DataFrame:
    count = len(cell.losses)
    return pd.DataFrame({
        "target": pd.Categorical([cell.target] * count), "sources": pd.Categorical([cell.name] * count),
        "image": cell.images, "loss": cell.losses.astype(np.float64),
        "transfer_size": cell.facts.get("transfer_size", 0), "seed": cell.facts.get("seed", 0),
    }).astype({"target": str, "sources": str})  # fmt: skip


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
