"""A folder of images; sub-folders, if any, are classes (the ImageFolder convention) or splits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from taskaffinity.data.contents import listing_identity
from taskaffinity.data.faults import UnreadableError, relative
from taskaffinity.data.folders import FolderTree, walk
from taskaffinity.data.meaning import Meaning, meaning_of
from taskaffinity.data.pixels import IMAGE_SUFFIXES, read_colour
from taskaffinity.data.reader import Batch
from taskaffinity.data.resize import shrink, square_windows
from taskaffinity.data.views import ViewId, Views
from taskaffinity.errors import DataError

READER_VERSION = 2


@dataclass(frozen=True)
class ImagesReader:
    """Images below `path`, the central square of each at `size` pixels; every image is a scene of its own.

    Attributes
    ----------
    path
        The folder.
    size
        Side of the images, pixels.
    kind
        ``object`` or ``scene``: what the sub-folders are classes of.
    """

    path: Path
    size: int = 64
    kind: str = "object"

    name = "images"

    @cached_property
    def _tree(self) -> FolderTree:
        tree = walk(self.path)
        if not tree.pictures:
            passed_over = "; ".join(tree.notes())
            raise DataError(
                f"{self.path} has no images; looked for {', '.join(sorted(IMAGE_SUFFIXES))} in it and below"
                + (f" ({passed_over})" if passed_over else "")
            )
        return tree

    @cached_property
    def _meaning(self) -> Meaning:
        return meaning_of(self._tree.pictures, self._is_picture)

    def _is_picture(self, unit: str) -> bool:
        """Tell whether a file begins as a picture."""
        try:
            with Image.open(self.path / unit):
                return True
        except Exception:  # decoders raise errors of any kind on broken files
            return False

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        """The class names, where there are any."""
        return {f"{self.kind}_class": self._meaning.classes} if self._meaning.classes else {}

    @property
    def splits(self) -> Mapping[str, str]:
        """Which of ``train``, ``val`` and ``test`` each image belongs to; empty where folders do not say."""
        return self._meaning.part_of

    @property
    def notes(self) -> list[str]:
        """What the folders were taken for, and what was passed over."""
        return [*self._meaning.notes, *self._tree.notes()]

    @property
    def provides(self) -> frozenset[str]:
        """Colour, and the class where there are sub-folders."""
        return frozenset({"rgb", *self.classes})

    @property
    def every_picture(self) -> Sequence[str]:
        """The paths of all pictures below the folder, those beside splits among them."""
        return self._tree.pictures

    def identity(self) -> dict[str, Any]:
        """Return a hash of the files, what the folders mean, and the settings."""
        return self.identity_of(self.units())

    def identity_of(self, units: Sequence[str]) -> dict[str, Any]:
        """Return the same for some of the files."""
        meaning = self._meaning
        return {
            "kind": "images", "reader": READER_VERSION, "size": self.size, "classes": self.kind,
            "files": listing_identity(self.path, units), "names": list(meaning.classes),
            "splits": bool(meaning.part_of),
        }  # fmt: skip

    def units(self) -> Sequence[str]:
        """List the files, relative to the folder."""
        return [name for name in self._tree.pictures if name not in self._meaning.left_out]

    def read(self, unit: str) -> Batch:
        """Read one image."""
        try:
            image = read_colour(self.path / unit)
        except UnreadableError as error:
            return Batch(Views([], {}), [relative(error, unit)])
        top, left, side = square_windows(image.shape[0], image.shape[1], 1)[0]
        square = shrink(image[top : top + side, left : left + side], self.size)
        channels = {"rgb": square.transpose(2, 0, 1)[None]}
        for channel, names in self.classes.items():
            own = self._meaning.class_of.get(unit)
            channels[channel] = np.array([-1 if own is None else names.index(own)], np.int64)
        return Batch(Views([ViewId(unit, 0, 0)], channels))
