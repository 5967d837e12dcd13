"""What every job shares: the data, its splits, the tasks and the configuration."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from taskaffinity.config import Config
from taskaffinity.data.grouping import group_rows
from taskaffinity.data.keep import DataSet
from taskaffinity.data.splits import split_rows
from taskaffinity.errors import DataError, TaskError
from taskaffinity.tasks import Grouping, Output, Task, discover, select_in_domains

if TYPE_CHECKING:
    from taskaffinity.models.weights import InitialWeights

SOURCE_ROUNDS = 4  # partners drawn for each view that trains an encoder; readouts and tests have one


def seed_of(*parts: object) -> int:
    """Make a seed of 63 bits from what it belongs to; the same on every machine and in any order of work."""
    digest = hashlib.sha256("\0".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


@dataclass(frozen=True)
class Outline:
    """A run as far as its sources depend on it; no image is read for it.

    Attributes
    ----------
    config
        The run's configuration.
    tasks
        The tasks that take part, by name.
    size
        Height and width of the images of the data set, pixels.
    provides
        The channels that the data set has.
    data
        The identity of the prepared data; empty before it is prepared.
    initial
        The identity of the weights that the encoders of sources start from; None for random weights.
    """

    config: Config
    tasks: Mapping[str, Task]
    size: tuple[int, int]
    provides: frozenset[str]
    data: str = ""
    initial: str | None = None


@dataclass(frozen=True)
class Experiment:
    """A data set with the tasks that run on it.

    Attributes
    ----------
    config
        The run's configuration.
    data
        The data set, every channel the tasks need on disk.
    tasks
        The tasks that take part, by name.
    initial
        What the encoders of sources start from; None for random weights, and in workers, which get it with
        the jobs that read it.
    """

    config: Config
    data: DataSet
    tasks: dict[str, Task]
    initial: "InitialWeights | None" = None

    @cached_property
    def rows(self) -> dict[str, np.ndarray]:
        """Sorted rows of each split."""
        splits = self.config.splits
        return split_rows(self.data.ids, splits.shares, splits.seed, self.data.splits)

    @property
    def targets(self) -> list[Task]:
        """Tasks that encoders are tried on, by name."""
        return [task for task in self.tasks.values() if "target" in task.roles]

    @property
    def trained(self) -> list[Task]:
        """Tasks that have a network of their own, by name."""
        return [task for task in self.tasks.values() if task.is_trained]

    @cached_property
    def outline(self) -> Outline:
        """The run as far as its sources depend on it."""
        return Outline(
            self.config, self.tasks, self.data.size, self.data.provides, self.data.identity,
            self.initial.identity if self.initial else None,
        )  # fmt: skip

    @cached_property
    def _drawn(self) -> dict[tuple[str | Grouping, str, str], np.ndarray]:
        """Examples by grouping, split and domain, drawn when first asked for."""
        return {}

    def rows_of(self, split: str, domain: str) -> np.ndarray:
        """Return the sorted rows of a split that are in a domain; all of them for no domain."""
        rows = self.rows[split]
        if not domain:
            return rows
        return rows[np.array([self.data.ids[row].domain == domain for row in rows], bool)]

    def examples(self, task: Task, split: str) -> np.ndarray:
        """Draw the examples of a task in a split, of its domain if it has one: int64 (M, images)."""
        key = task.grouping, split, task.domain
        if key not in self._drawn:
            seed = seed_of(self.config.splits.seed, "examples", task.grouping_name, split)
            rounds = SOURCE_ROUNDS if split == "source" else 1
            self._drawn[key] = group_rows(
                self.data, self.rows_of(split, task.domain), task.grouping, seed, rounds
            )
        examples = self._drawn[key]
        limit = self.config.transfer.images
        if split == "transfer" and limit is not None and limit < len(examples):
            keep = np.random.default_rng(seed_of(self.config.splits.seed, "transfer")).permutation(
                len(examples)
            )
            examples = examples[np.sort(keep[:limit])]
        return examples

    def output(self, task: Task) -> Output:
        """Return the task's output with the number of classes that this data has."""
        output = task.output
        if output is None:
            raise TaskError(f"task {task.name!r} has no output")
        if output.lacks_classes and isinstance(task.target, str):
            return output.with_classes(len(self.data.classes[task.target]))
        return output


def open_experiment(config: Config, data_folder: Path, names: list[str]) -> Experiment:
    """Open what a driver has prepared: the data in its folder, the tasks by name."""
    from taskaffinity.data.keep import open_kept

    data = open_kept(data_folder)
    if data is None:
        raise DataError(f"the prepared data in {data_folder} is gone; run the same command again")
    tasks = select_in_domains(discover(config.tasks.folders), names, config.data.label_costs)
    return Experiment(config, data, tasks)
