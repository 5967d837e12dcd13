"""What a run records for its report at the end, while its data and tasks are at hand."""

import logging
from typing import TYPE_CHECKING, Protocol

import numpy as np

from taskaffinity.plots.paint import colours
from taskaffinity.plots.painting import painting_of
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.pictures import PictureFacts, Pictures, keep_only, write_pictures

if TYPE_CHECKING:
    from taskaffinity.tasks import Task
    from taskaffinity.training.experiment import Experiment

log = logging.getLogger(__name__)

GAP = 4  # pixels between the images of one example


class Say(Protocol):
    """Receives one line of progress."""

    def __call__(self, line: str) -> None:
        """Show the line."""
        ...


def record_pictures(folder: RunFolder, experiment: "Experiment", say: Say) -> None:
    """Record inputs and labels of the test images whose predictions the cells keep.

    What belongs to targets that are no longer in the run is removed.

    Parameters
    ----------
    folder
        The run; its cells are there.
    experiment
        Its data and tasks.
    say
        Called where the cells keep fewer images than ``report.examples`` asks for.
    """
    targets = {task.name: task for task in experiment.targets}
    keep_only(folder, sorted(targets))
    kept = {}
    for name, task in targets.items():
        shown = _shown(folder, name)
        if len(shown):
            write_pictures(folder, gather(experiment, task, shown))
            kept[name] = min(len(shown), experiment.config.report.examples)
    short = [name for name, count in kept.items() if count < experiment.config.report.examples]
    if short:
        say(f"the cells of {', '.join(short)} keep fewer test images than report.examples asks for")


def _shown(folder: RunFolder, target: str) -> np.ndarray:
    """Return the positions of the test images that the cells of a target show."""
    for name in ("scratch", "constant", "self"):
        if folder.cell_file(target, name).is_file():
            return folder.read_cell(target, name).shown
    return np.zeros(0, np.int64)


def gather(experiment: "Experiment", task: "Task", shown: np.ndarray) -> Pictures:
    """Gather what the report shows of a target beside predictions.

    Parameters
    ----------
    experiment
        Data and tasks.
    task
        The target.
    shown
        Positions of the images in the task's test examples.
    """
    from taskaffinity.training.examples import Examples

    examples = Examples(experiment, task, experiment.examples(task, "test"))
    images, labels = examples.batch(shown)
    value, valid = labels.value.numpy(), labels.valid.numpy()
    names = experiment.data.classes.get(str(task.target)) if isinstance(task.target, str) else None
    painting = painting_of(task, experiment.output(task), value, valid, names)
    joined = zip(*(batch.numpy() for batch in images), strict=True)
    return Pictures(
        target=task.name,
        images=[examples.ids[place] for place in shown],
        inputs=np.stack([side_by_side(views) for views in joined]),
        truth=value,
        valid=valid,
        facts=PictureFacts(detail=_seen(task), painting=painting),
    )


def _seen(task: "Task") -> str:
    """Say what was done to the image before it was encoded."""
    return "" if task.transform is None else f"with {type(task.transform).__name__.lower()}"


def side_by_side(views: tuple[np.ndarray, ...]) -> np.ndarray:
    """Join images (3, H, W) in [0, 1] from left to right, white between them: uint8 (H, W', 3)."""
    parts: list[np.ndarray] = []
    for view in views:
        pixels = colours(view)
        parts += [pixels, np.full((len(pixels), GAP, 3), 255, np.uint8)]
    return np.concatenate(parts[:-1], axis=1)
