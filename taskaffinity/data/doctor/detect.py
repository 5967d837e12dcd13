"""Detecting a layout from the first names in a folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from taskaffinity.data.folders import is_hidden, leads_to_folder
from taskaffinity.data.pixels import IMAGE_SUFFIXES
from taskaffinity.data.rgbd import COLOUR
from taskaffinity.data.taskonomy.names import DEEPEST, FILE
from taskaffinity.errors import DataError

LAYOUTS = ("taskonomy", "rgbd", "images")
SAMPLE = 200  # names of a folder that are looked at


def detect_layout(root: Path) -> str:
    """Name the layout of a folder: ``rgbd``, ``taskonomy`` or ``images``.

    Raises
    ------
    DataError
        There is no such folder, or nothing in it that belongs to a layout.
    """
    if not root.is_dir():
        raise DataError(f"there is no folder {root}")
    seen_image = False
    waiting: list[tuple[Path, int]] = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop()
        with _listed(folder) as entries:
            for entry in islice((e for e in entries if not is_hidden(e.name)), SAMPLE):
                if leads_to_folder(entry):
                    if depth < DEEPEST:
                        waiting.append((Path(entry.path), depth + 1))
                elif FILE.fullmatch(entry.name):
                    return "taskonomy"
                elif depth == 0 and COLOUR.match(entry.name):
                    return "rgbd"
                else:
                    seen_image |= Path(entry.name).suffix.lower() in IMAGE_SUFFIXES
    if seen_image:
        return "images"
    raise DataError(
        f"{root} holds no data; looked for point_P_view_V_domain_NAME.png (taskonomy), frame-N.color.jpg "
        "or .png (rgbd), and images in it or below (images)"
    )


@contextmanager
def _listed(folder: Path) -> "Iterator[Iterator[os.DirEntry[str]]]":
    """List a folder; nothing where it cannot be listed."""
    try:
        entries = os.scandir(folder)
    except OSError:
        yield iter(())
        return
    with entries:
        yield entries
