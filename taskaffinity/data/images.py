"""A folder of images; sub-folders, if any, are classes (the ImageFolder convention)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from taskaffinity.data.files import (
    IMAGE_SUFFIXES,
    UnreadableError,
    listing_identity,
    read_image,
    shrink,
    square_windows,
)
from taskaffinity.data.reader import Batch
from taskaffinity.data.views import ViewId, Views
from taskaffinity.errors import DataError


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
    def _files(self) -> list[Path]:
        if not self.path.is_dir():
            raise DataError(f"data.path: there is no folder {self.path}")
        files = sorted(f for f in self.path.rglob("*") if f.suffix.lower() in IMAGE_SUFFIXES and f.is_file())
        if not files:
            raise DataError(
                f"{self.path} has no images; looked for {', '.join(sorted(IMAGE_SUFFIXES))} in it and below"
            )
        return files

    @cached_property
    def _class_names(self) -> list[str]:
        """The first folders below the root, where every image lies in one."""
        parents = {f.relative_to(self.path).parts[0] for f in self._files if f.parent != self.path}
        flat = any(f.parent == self.path for f in self._files)
        return [] if flat or len(parents) < 2 else sorted(parents)

    @property
    def classes(self) -> Mapping[str, Sequence[str]]:
        """The class names, where there are any."""
        return {f"{self.kind}_class": self._class_names} if self._class_names else {}

    @property
    def provides(self) -> frozenset[str]:
        """Colour, and the class where there are sub-folders."""
        return frozenset({"rgb", *self.classes})

    def identity(self) -> dict[str, Any]:
        """Return the listing's hash and the settings."""
        return {
            "kind": "images", "size": self.size, "classes": self.kind,
            "files": listing_identity(self.path, self._files),
        }  # fmt: skip

    def units(self) -> Sequence[str]:
        """List the files, relative to the folder."""
        return [file.relative_to(self.path).as_posix() for file in self._files]

    def read(self, unit: str) -> Batch:
        """Read one image."""
        try:
            image = read_image(self.path / unit, "RGB")
        except UnreadableError as error:
            reason = str(error).removeprefix(f"{Path(unit).name}: ")
            return Batch(Views([], {}), [f"{unit}: {reason}"])
        top, left, side = square_windows(image.shape[0], image.shape[1], 1)[0]
        square = shrink(image[top : top + side, left : left + side], self.size)
        channels = {"rgb": square.transpose(2, 0, 1)[None]}
        for channel, names in self.classes.items():
            channels[channel] = np.array([names.index(Path(unit).parts[0])], np.int64)
        return Batch(Views([ViewId(unit, 0, 0)], channels))
