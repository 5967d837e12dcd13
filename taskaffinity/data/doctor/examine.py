"""Examining a folder in its layout."""

from collections.abc import Callable
from pathlib import Path

from taskaffinity.config import parse
from taskaffinity.data.doctor.domains import examine_domains
from taskaffinity.data.doctor.findings import DataFindings
from taskaffinity.data.doctor.frames import examine_frames

Advance = Callable[[int], None]


def examine(root: Path, layout: str, progress: Callable[[str, int], Advance]) -> DataFindings:
    """Examine a data set.

    Parameters
    ----------
    root
        The folder.
    layout
        One of `taskaffinity.data.doctor.LAYOUTS`.
    progress
        Called with a title and a total; returns a function to call with each step's size.

    Raises
    ------
    DataError
        There is nothing in it that can be used.
    """
    if layout == "taskonomy":
        return examine_domains(root, progress)
    reader = parse({"data": {"kind": layout, "path": str(root)}}).data.reader()
    return examine_frames(reader, layout, progress)
