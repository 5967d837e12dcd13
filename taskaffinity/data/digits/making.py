"""Writing the four domains of digits as folders of images: DOMAIN/PART/DIGIT/NUMBER.png."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from taskaffinity.cache import half_made_folder, writing
from taskaffinity.data.digits.fonts import fonts
from taskaffinity.data.digits.mnist import mnist
from taskaffinity.data.digits.mnist_m import mnist_m
from taskaffinity.data.digits.optdigits import optdigits
from taskaffinity.errors import InputError

TEST = 0.2  # share of each digit; the last images of it
Make = Callable[[], tuple[np.ndarray, np.ndarray]]

DOMAINS: Mapping[str, Make] = {"mnist": mnist, "mnist_m": mnist_m, "optdigits": optdigits, "fonts": fonts}


@dataclass(frozen=True)
class Digits:
    """What was written: images by domain and part."""

    folder: Path
    images: Mapping[str, Mapping[str, int]]


def make_digits(folder: Path) -> Digits:
    """Write the digits of all domains into a new folder.

    The last fifth of each digit is the part ``test``, the rest ``train``. The digits of MNIST-M are those of
    MNIST, in the same parts: no digit that is tested on was trained on in the other domain.

    Raises
    ------
    InputError
        The folder exists, or a package that ships what is needed is not installed.
    WriteError
        The folder cannot be written.
    """
    if folder.exists():
        raise InputError(f"{folder} exists; choose a new folder")
    made = {name: make() for name, make in DOMAINS.items()}
    counts = {}
    with half_made_folder(folder) as temporary, writing(folder):
        for name, (images, classes) in made.items():
            counts[name] = _write(temporary / name, images, classes)
        shutil.copymode(folder.parent, temporary)
        temporary.rename(folder)
    return Digits(folder, counts)


def _write(folder: Path, images: np.ndarray, classes: np.ndarray) -> dict[str, int]:
    """Write the images of one domain; return how many there are of each part."""
    counts = {"train": 0, "test": 0}
    for digit in np.unique(classes):
        members = np.flatnonzero(classes == digit)
        first_of_test = round(len(members) * (1 - TEST))
        for number, member in enumerate(members):
            part = "test" if number >= first_of_test else "train"
            place = folder / part / str(digit)
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(images[member]).save(place / f"{number:04d}.png")
            counts[part] += 1
    return counts
