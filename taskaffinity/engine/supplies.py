"""What a worker needs, and where it finds it: shared folders, and the sources made before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from taskaffinity.runs.folder import RunFolder


class Supplies(Protocol):
    """Where a worker finds what others made. Picklable; used in one process by one job at a time."""

    def folders(self, role: str) -> list[Path]:
        """Return the shared folders of a role, on this machine, in the order in which they were given."""
        ...

    def cache(self) -> Path:
        """Return a folder for files that can be made again, on this machine; any may vanish at any time."""
        ...

    def facts(self, source: str) -> dict[str, Any]:
        """Return what is recorded of a source; empty where there is nothing."""
        ...

    def weights(self, source: str) -> dict[str, np.ndarray]:
        """Return the weights of a source, by parameter name."""
        ...

    def initial(self) -> dict[str, np.ndarray]:
        """Return the weights that encoders start from, for jobs that say that they read them."""
        ...


@dataclass(frozen=True)
class FolderSupplies:
    """Everything is on this machine's disk, which workers share with the driver.

    Attributes
    ----------
    run
        The run folder; workers write to its cache alone.
    shared
        Folders by role.
    """

    run: RunFolder
    shared: Mapping[str, Sequence[Path]] = field(default_factory=dict)

    def folders(self, role: str) -> list[Path]:
        """Return the shared folders of a role."""
        return list(self.shared.get(role, ()))

    def cache(self) -> Path:
        """Return the run folder's cache."""
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
