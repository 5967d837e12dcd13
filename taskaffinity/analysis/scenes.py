"""Which scene a test image belongs to, by its name.

The images of a run are named scene/point/view (`taskaffinity.data.views.ViewId`). Any other name is that of
an image that is a scene of its own.
"""

import re
from collections.abc import Sequence

import numpy as np

_VIEW = re.compile(r"(?P<scene>.+)/-?\d+/-?\d+", re.DOTALL)


def scene_of(image: str) -> str:
    """Return the scene of an image.

    Examples
    --------
    >>> scene_of("room-00002/0/1"), scene_of("cat.jpg")
    ('room-00002', 'cat.jpg')
    """
    match = _VIEW.fullmatch(image)
    return match["scene"] if match else image


def scenes_of(images: Sequence[str]) -> tuple[str, ...]:
    """Return the scenes of some images, sorted; the images themselves where all would be of one scene."""
    return tuple(sorted(set(_named(images))))


def scene_codes(images: Sequence[str]) -> np.ndarray:
    """Return the position of the scene of each image in `scenes_of`: int (m,).

    Where all images are of one scene, which could not be resampled, each counts as its own.
    """
    position = {scene: place for place, scene in enumerate(scenes_of(images))}
    return np.array([position[scene] for scene in _named(images)], int)


def _named(images: Sequence[str]) -> list[str]:
    names = [scene_of(image) for image in images]
    return list(images) if len(set(names)) == 1 else names
