"""Batches for the networks: images read from the disk's map, transformed, with their labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from taskaffinity.tasks import Label, Task
from taskaffinity.training.experiment import Experiment, seed_of
from taskaffinity.training.losses import Truth
from taskaffinity.transforms.identity import described

FIXED = -1  # the draw of transforms outside of training


@dataclass(frozen=True)
class Examples:
    """The examples of one task in one split.

    Attributes
    ----------
    experiment
        Where the images come from.
    task
        Whose labels they carry.
    rows
        int64 (M, images): the views of each example.
    """

    experiment: Experiment
    task: Task
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, index: np.ndarray, draw: int = FIXED) -> tuple[list[Tensor], Truth]:
        """Read examples.

        Parameters
        ----------
        index
            int64 (N,), positions in `rows`.
        draw
            Which draw of the transform's noise: another in each pass of training, `FIXED` everywhere else.

        Returns
        -------
        tuple
            One batch of images (N, 3, H, W) per image of the example, and the labels.
        """
        images, (truth,) = read_examples(self.experiment, [self.task], self.rows[index], draw)
        return images, truth

    def only(self, rows: np.ndarray) -> "Examples":
        """Return other examples of the same task: int64 (M, images)."""
        return Examples(self.experiment, self.task, rows)

    def images(self, index: np.ndarray, draw: int = FIXED) -> list[Tensor]:
        """Read the images of examples as `batch` gives them, and no label."""
        images: list[Tensor] = []
        for column in self.rows[index].T:
            colour = self.experiment.data.read(column, ["rgb"])["rgb"]
            image, _ = transformed(self.task, colour, column, self.experiment.config.seed, draw)
            images.extend(torch.from_numpy(image).view(-1, *colour.shape))
        return images

    def truth(self, batch: int = 256) -> Truth:
        """Read all labels, for splits that fit in memory."""
        parts = [self.labels(part) for part in chunks(len(self), batch)]
        return Truth(torch.cat([p.value for p in parts]), torch.cat([p.valid for p in parts]))

    def labels(self, index: np.ndarray) -> Truth:
        """Read the labels of examples, without their images where they do not come from the transform."""
        if self.task.target is None:
            return self.batch(index)[1]
        views = [self.experiment.data.read(column, self.task.label_channels) for column in self.rows[index].T]
        return as_truth(self.task.label(views))

    @property
    def ids(self) -> list[str]:
        """The identity of each example: that of its first view."""
        return [str(self.experiment.data.ids[row]) for row in self.rows[:, 0]]


def read_examples(
    experiment: Experiment, tasks: Sequence[Task], rows: np.ndarray, draw: int = FIXED
) -> tuple[list[Tensor], list[Truth]]:
    """Read examples once for tasks that draw and transform their images in the same way.

    Parameters
    ----------
    experiment
        Where the images come from.
    tasks
        T tasks of the same grouping and input transform.
    rows
        int64 (N, images), the views of each example.
    draw
        As in `Examples.batch`.

    Returns
    -------
    tuple
        One batch of images (N, 3, H, W) per image of the example, and the labels of each task.
    """
    channels = dict.fromkeys(["rgb", *(channel for task in tasks for channel in task.label_channels)])
    views = [experiment.data.read(column, tuple(channels)) for column in rows.T]
    images: list[Tensor] = []
    made = None
    for column, view in zip(rows.T, views, strict=True):
        image, made = transformed(tasks[0], view["rgb"], column, experiment.config.seed, draw)
        images.extend(torch.from_numpy(image).view(-1, *view["rgb"].shape))
    labels = [task.label(views) if made is None else Label(made, np.ones(len(made), bool)) for task in tasks]
    return images, [as_truth(label) for label in labels]


def transformed(
    task: Task, images: np.ndarray, rows: np.ndarray, seed: int, draw: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Apply a task's input transform, the noise of each image drawn from its row.

    Images come back as (N, 3, H, W), or (k, N, 3, H, W) from a transform that makes k > 1 of one.
    """
    if task.transform is None:
        return images, None
    base = seed_of(seed, "transform", described(task.transform), draw)
    return task.transform.apply(images, [(base, int(row)) for row in rows])


def chunks(count: int, size: int) -> list[np.ndarray]:
    """Cut 0 … count−1 into runs of at most `size`."""
    return [np.arange(start, min(start + size, count)) for start in range(0, count, size)]


def as_truth(label: Label) -> Truth:
    """Turn a label of arrays into one of tensors. An invalid label may be anything; here it is finite.

    Losses then need not look for values that are no numbers, which would make the processor wait for a GPU.
    """
    value, valid = np.ascontiguousarray(label.value), np.array(label.valid)
    if not np.isfinite(value.sum()):
        flags = valid.reshape(len(valid), *(1,) * (value.ndim - 1)) if valid.ndim == 1 else valid
        value = np.where(flags, value, value.dtype.type(0))
    return Truth(torch.from_numpy(value), torch.from_numpy(valid))
