"""The tasks that one network learns, and the streams of images that they read.

Tasks whose images are drawn and transformed in the same way see the same images: they read one stream.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from taskaffinity.config import OwnNetwork
from taskaffinity.tasks import Task
from taskaffinity.training.bench import Bench, Images
from taskaffinity.training.examples import Examples, read_examples
from taskaffinity.training.experiment import Experiment, seed_of
from taskaffinity.training.jitter import Jitter, keeps_label
from taskaffinity.training.losses import Truth
from taskaffinity.training.mirror import Mirror

FEWEST = 2  # examples that a task is trained on


@dataclass(frozen=True)
class Part:
    """One task of a network.

    Attributes
    ----------
    task
        The task.
    weight
        What its loss is multiplied by.
    share
        Of the examples of the source split, those that it is trained on.
    is_scored
        Whether its validation loss takes part in the choice of the checkpoint.
    """

    task: Task
    weight: float = 1.0
    share: float = 1.0
    is_scored: bool = True

    @property
    def images(self) -> tuple[str, str, str, float]:
        """What decides which images it sees; equal for the tasks of one stream."""
        task = self.task
        return task.grouping_name, task.transform_identity, task.domain, self.share


@dataclass(frozen=True)
class Stream:
    """Tasks that see the same images.

    Attributes
    ----------
    parts
        Their positions among the tasks of the network.
    tasks
        The tasks.
    share
        Of the examples of the source split, those that it is trained on.
    """

    parts: tuple[int, ...]
    tasks: tuple[Task, ...]
    share: float

    @property
    def images(self) -> int:
        """How many images an example has."""
        return self.tasks[0].images

    def rows(self, experiment: Experiment) -> np.ndarray:
        """Return the examples that it is trained on: int64 (M, views)."""
        return labelled_rows(experiment, self.tasks[0], self.share)


def streams_of(parts: Sequence[Part]) -> tuple[Stream, ...]:
    """Gather the tasks of a network into streams, in the order of their first tasks."""
    positions: dict[tuple[str, str, str, float], list[int]] = {}
    for position, part in enumerate(parts):
        positions.setdefault(part.images, []).append(position)
    return tuple(
        Stream(tuple(inside), tuple(parts[i].task for i in inside), share)
        for (*_, share), inside in positions.items()
    )


def labelled_rows(experiment: Experiment, task: Task, share: float) -> np.ndarray:
    """Draw the examples of the source split whose labels are known, at the run's seed.

    Those of a smaller share are among those of a larger one, and are the same for all tasks whose examples
    are drawn in the same way: labels that are bought serve every source that needs as many or fewer.

    Returns
    -------
    ndarray
        int64 (M, views), in the order of the split; at least `FEWEST`.
    """
    rows = experiment.examples(task, "source")
    if share == 1:
        return rows
    count = min(len(rows), max(FEWEST, round(share * len(rows))))
    seed = seed_of(experiment.config.seed, "labelled", task.grouping_name)
    return rows[np.sort(np.random.default_rng(seed).permutation(len(rows))[:count])]


class StreamBatches:
    """Training batches of one stream: read, mirrored and jittered as for a task's own network.

    Images are mirrored where every task of the stream says how its label changes, and jittered where no label
    depends on colour.

    Parameters
    ----------
    bench
        Where it runs.
    stream
        The stream.
    settings
        Of the training.
    purpose
        What the seeds of its draws are named by.
    """

    def __init__(self, bench: Bench, stream: Stream, settings: OwnNetwork, *purpose: object) -> None:
        self.bench, self.stream = bench, stream
        self.rows = stream.rows(bench.experiment)
        strength = settings.jitter if all(map(keeps_label, stream.tasks)) else 0.0
        self._jitter = Jitter(strength, bench.seed("jitter", *purpose))
        mirrored = settings.mirror and all(task.mirror is not None for task in stream.tasks)
        self._mirror = Mirror(() if mirrored else None, bench.seed("mirror", *purpose))
        self._signs = [task.mirror or () for task in stream.tasks]

    def examples(self, task: Task) -> Examples:
        """Return the examples that a task of the stream is trained on."""
        return Examples(self.bench.experiment, task, self.rows)

    def read(self, index: np.ndarray, draw: int) -> tuple[Images, list[Truth]]:
        """Read examples on the processor."""
        pinned = self.bench.pinned
        images, truths = read_examples(self.bench.experiment, self.stream.tasks, self.rows[index], draw)
        return [pinned(image) for image in images], [Truth(pinned(t.value), pinned(t.valid)) for t in truths]

    def batch(self, images: Images, truths: Sequence[Truth]) -> tuple[list[Tensor], list[Truth]]:
        """Bring what was read to the device, mirrored and jittered."""
        on_device = [truth.to(self.bench.device) for truth in truths]
        changed, mirrored = self._mirror.all(self.bench.to_device(images), on_device, self._signs)
        return self._jitter(changed), mirrored
