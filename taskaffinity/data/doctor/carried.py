"""Which tasks a data set can carry, and how many images have a usable label of each."""

from collections.abc import Mapping, Sequence

import numpy as np

from taskaffinity.data.derive import DERIVATIONS
from taskaffinity.data.offer import is_offered
from taskaffinity.tasks import discover


def carried_tasks(
    labelled: Mapping[str, np.ndarray], images: int, classes: Mapping[str, Sequence[str]]
) -> dict[str, int]:
    """Count the images with a usable label of each task of the dictionary that has any.

    Parameters
    ----------
    labelled
        Which of the usable images have each channel that the data set provides, bool (images,).
    images
        How many there are.
    classes
        The names of the classes of each channel of classes.
    """
    counts = {}
    for name, task in discover().items():
        if images and is_offered(task, labelled, classes):
            have = [has_channel(channel, labelled, images) for channel in ("rgb", *task.channels)]
            counts[name] = int(np.logical_and.reduce(have).sum())
    return {name: count for name, count in counts.items() if count}


def has_channel(channel: str, labelled: Mapping[str, np.ndarray], images: int) -> np.ndarray:
    """Tell which images have a channel, read or derived: bool (images,)."""
    if channel in labelled:
        return labelled[channel]
    if DERIVATIONS[channel].scope == "sequence":  # one value for all, from the views that have what it needs
        return np.ones(images, bool)
    needs = [has_channel(need, labelled, images) for need in DERIVATIONS[channel].needs]
    return np.logical_and.reduce(needs)
