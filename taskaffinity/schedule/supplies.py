"""What a worker builds on, and where it finds it: the prepared data and the sources trained before."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from taskaffinity.store import RunFolder


class Supplies(Protocol):
    """Where a worker finds what others made. Picklable; used in one process by one job at a time."""

    def data(self) -> Path:
        """Return the folder of the prepared data, on this machine."""
        ...

    def task_folders(self) -> list[Path]:
        """Return the user's own folders of tasks, on this machine."""
        ...

    def features(self) -> Path:
        """Return the folder for encodings, on this machine; what is in it may be deleted at any time."""
        ...

    def facts(self, source: str) -> dict[str, Any]:
        """Return what is recorded of a source; empty where there is nothing."""
        ...

    def weights(self, source: str) -> dict[str, np.ndarray]:
        """Return the weights of a source, by parameter name."""
        ...

    def initial(self) -> dict[str, np.ndarray]:
        """Return what the encoders of sources start from; asked for where the configuration names weights."""
        ...


@dataclass(frozen=True)
class FolderSupplies:
    """Everything is on this machine's disk: the workers share it with the driver.

    Attributes
    ----------
    data_folder
        The prepared data.
    run
        The run folder; only its cache of encodings is written to.
    tasks
        The user's own folders of tasks.
    """

    data_folder: Path
    run: RunFolder
    tasks: tuple[Path, ...] = ()

    def data(self) -> Path:
        """Return the folder of the prepared data."""
        return self.data_folder

    def task_folders(self) -> list[Path]:
        """Return the user's own folders of tasks."""
        return list(self.tasks)

    def features(self) -> Path:
        """Return the run folder's cache of encodings."""
        return self.run.features

    def facts(self, source: str) -> dict[str, Any]:
        """Read the facts of a source."""
        return self.run.source_facts(source) or {}

    def weights(self, source: str) -> dict[str, np.ndarray]:
        """Read the weights of a source."""
        return self.run.source_weights(source)

    def initial(self) -> dict[str, np.ndarray]:
        """Read what the driver has put into the run folder."""
        return self.run.initial_weights()
