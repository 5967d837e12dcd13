"""The slide of each target, from the predictions that its cells kept and the labels of the same images."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from taskaffinity.errors import RunError
from taskaffinity.plots.labels import Labels, is_single, label_of, title_of
from taskaffinity.plots.paint import Painter, Picture, colours, make_painter
from taskaffinity.plots.slide import Column, SlideInfo
from taskaffinity.store import RunFolder

if TYPE_CHECKING:
    from taskaffinity.engine.result import Cell
    from taskaffinity.tasks import Task
    from taskaffinity.training.experiment import Experiment

GAP = 4  # pixels between the images of one example


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
    folder: RunFolder, experiment: "Experiment", target: str, transfers: pd.DataFrame, labels: Labels
) -> SlideInfo | None:
    """Gather the pictures of one target; None where the run kept none.

    Parameters
    ----------
    folder
        The run.
    experiment
        Its data and tasks: images and labels come from there.
    target
        Name of the target.
    transfers
        As in `taskaffinity.report.findings.Findings`.
    labels
        How tasks are shown.
    """
    wanted = {"scratch": "From scratch", "self": "Own network"}
    wanted |= dict(zip(extremes(transfers, target), ("Best transfer", "Worst transfer"), strict=False))
    cells = {name: cell for name in wanted if (cell := _cell(folder, target, name)) is not None}
    task = experiment.tasks.get(target)
    if not cells or task is None:
        return None
    shown = next(iter(cells.values())).shown
    inputs, painter, truth = _examples(experiment, task, shown)
    columns = [Column("Input", _seen(task), inputs), Column("Ground truth", "", truth)]
    for name, cell in cells.items():
        detail = {"scratch": "transfer split", "self": "source split"}.get(name) or title_of(name, labels)
        columns.append(_column(wanted[name], detail, cell, painter))
    label = label_of(target, labels)
    images = [next(iter(cells.values())).images[i] for i in shown]
    return SlideInfo(target, label.title, label.metric, images, columns)


def _cell(folder: RunFolder, target: str, name: str) -> "Cell | None":
    try:
        cell = folder.read_cell(target, name)
    except RunError:
        return None
    return cell if len(cell.shown) and len(cell.predictions) == len(cell.shown) else None


def _column(heading: str, detail: str, cell: "Cell", painter: Painter) -> Column:
    pictures = [painter.prediction(one) for one in cell.predictions]
    return Column(heading, detail, pictures, [float(loss) for loss in cell.losses[cell.shown]])


def _seen(task: "Task") -> str:
    """Say what was done to the image before it was encoded."""
    return "" if task.transform is None else f"with {type(task.transform).__name__.lower()}"


def _examples(
    experiment: "Experiment", task: "Task", shown: np.ndarray
) -> tuple[list[Picture], Painter, list[Picture]]:
    """Read the inputs and labels of the test images shown."""
    from taskaffinity.training.examples import Examples

    examples = Examples(experiment, task, experiment.examples(task, "test"))
    images, labels = examples.batch(shown)
    value, valid = labels.value.numpy(), labels.valid.numpy()
    names = experiment.data.classes.get(str(task.target)) if isinstance(task.target, str) else None
    painter = make_painter(task, experiment.output(task), value, valid, names)
    truth = [painter.truth(one, known) for one, known in zip(value, valid, strict=True)]
    joined = zip(*(batch.numpy() for batch in images), strict=True)
    return [Picture(_side_by_side(views)) for views in joined], painter, truth


def _side_by_side(views: tuple[np.ndarray, ...]) -> np.ndarray:
    """Join images (3, H, W) in [0, 1] from left to right, white between them."""
    parts: list[np.ndarray] = []
    for view in views:
        pixels = colours(view)
        parts += [pixels, np.full((len(pixels), GAP, 3), 255, np.uint8)]
    return np.concatenate(parts[:-1], axis=1)
