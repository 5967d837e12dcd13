"""The slide of each target, from the pictures that the run kept and the predictions of its cells."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from taskaffinity.plots.labels import Labels, is_single, label_of, title_of
from taskaffinity.plots.paint import Painting, Picture
from taskaffinity.plots.slide import Column, SlideInfo
from taskaffinity.runs.files import DAMAGED, read_arrays
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.pictures import Pictures, read_pictures
from taskaffinity.runs.place import damaged
from taskaffinity.text import one_line, printable

FAULTS = (*DAMAGED, IndexError, TypeError, AttributeError, MemoryError, OverflowError)


@dataclass(frozen=True)
class Shown:
    """What one cell kept to be shown: the loss and the prediction of some test images."""

    losses: dict[str, float]
    predictions: dict[str, np.ndarray]


def extremes(transfers: pd.DataFrame, target: str) -> list[str]:
    """Return the first-order transfers of highest and of lowest affinity into a target.

    The target's own encoder and what diverged are left out; one name where only one is left, none where none.
    """
    rows = transfers[(transfers["target"] == target) & ~transfers["diverged"] & transfers["affinity"].notna()]
    wanted = [is_single(sources) and sources != target for sources in rows["sources"]]
    rows = rows[np.array(wanted, bool)].sort_values("affinity", ascending=False, kind="stable")
    names = rows["sources"].tolist()
    return names if len(names) < 2 else [names[0], names[-1]]


def make_slide(
    folder: RunFolder,
    target: str,
    transfers: pd.DataFrame,
    labels: Labels,
    examples: int,
    adapted: Mapping[str, str] | None = None,
) -> SlideInfo | None:
    """Gather the pictures of one target; None where the run kept none.

    Parameters
    ----------
    folder
        The run.
    target
        Name of the target.
    transfers
        As in `taskaffinity.report.findings.Findings`.
    labels
        How tasks are shown.
    examples
        Test images to show, at most.
    adapted
        Headings of networks that were adapted to the target's domain, by the name of their cell.

    Raises
    ------
    RunError
        A file is damaged.
    """
    pictures = read_pictures(folder, target)
    wanted = {"scratch": "From scratch", "self": "Own network"}
    wanted |= dict(zip(extremes(transfers, target), ("Best transfer", "Worst transfer"), strict=False))
    wanted = dict(adapted or {}) | wanted
    cells = {name: cell for name in wanted if (cell := read_shown(folder, target, name)) is not None}
    if pictures is None or not cells:
        return None
    rows = [
        row for row, image in enumerate(pictures.images) if all(image in c.losses for c in cells.values())
    ]
    try:
        columns = _columns(pictures, cells, rows[:examples], wanted, labels)
    except FAULTS as error:
        raise damaged(folder.file("pictures", f"{target}.npz"), error) from None
    label = label_of(target, labels)
    images = [one_line(pictures.images[row]) for row in rows[:examples]]
    return SlideInfo(target, label.title, label.metric, images, columns) if images else None


def read_shown(folder: RunFolder, target: str, sources: str) -> Shown | None:
    """Read what a cell kept to be shown; None where there is no such cell, or it kept nothing.

    Raises
    ------
    RunError
        The file is damaged.
    """
    file = folder.cell_file(target, sources)
    if not file.is_file():
        return None
    try:
        held = read_arrays(file, ["images", "losses", "shown", "predictions"])
        shown = held["shown"]
        if not len(shown) or len(held["predictions"]) != len(shown):
            return None
        images = [str(held["images"][place]) for place in shown]
        losses = [float(held["losses"][place]) for place in shown]
    except FAULTS as error:
        raise damaged(file, error) from None
    return Shown(dict(zip(images, losses, strict=True)), dict(zip(images, held["predictions"], strict=True)))


def _columns(
    pictures: Pictures, cells: dict[str, Shown], rows: list[int], wanted: dict[str, str], labels: Labels
) -> list[Column]:
    painting = pictures.facts.painting
    inputs = [Picture(pictures.inputs[row]) for row in rows]
    truth = [_safe(painting.truth(pictures.truth[row], pictures.valid[row])) for row in rows]
    columns = [Column("Input", one_line(pictures.facts.detail), inputs), Column("Ground truth", "", truth)]
    images = [pictures.images[row] for row in rows]
    for name, cell in cells.items():
        detail = {"scratch": "transfer split", "self": "source split"}.get(name) or title_of(name, labels)
        columns.append(_column(wanted[name], detail, cell, images, painting))
    return columns


def _column(heading: str, detail: str, cell: Shown, images: list[str], painting: Painting) -> Column:
    painted = [_safe(painting.prediction(cell.predictions[image])) for image in images]
    return Column(heading, detail, painted, [cell.losses[image] for image in images])


def _safe(picture: Picture) -> Picture:
    return Picture(picture.pixels, printable(picture.text))
