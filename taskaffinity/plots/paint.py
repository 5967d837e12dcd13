"""Labels and predictions as pictures: depth, normals, curvature, classes, segments, vectors.

All pictures of one task share the scale of its truth, so that a wrong prediction looks wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from taskaffinity.outputs import Dense, Embedding, Output, PixelClasses, Vector
from taskaffinity.plots.pose import draw_pose, draw_values
from taskaffinity.tasks import Task

NOTHING = np.full(3, 128, np.uint8)  # where there is no label
POSE_DIMENSIONS = 6  # rotation vector and translation
PAIRS = ("fixated", "nonfixated")  # groupings whose vectors of that length are the pose between two views
WRITTEN_VALUES = 3  # longer vectors are drawn only
SHOWN_CLASSES = 3


@dataclass(frozen=True)
class Picture:
    """What stands in one place of a slide: pixels uint8 (H, W, 3), a few words, or both."""

    pixels: np.ndarray | None = None
    text: str = ""


Paint = Callable[[np.ndarray], Picture]


@dataclass(frozen=True)
class Painter:
    """How one task's labels and predictions are painted.

    Attributes
    ----------
    truth
        Takes the label of one image, without the batch axis, and its validity.
    prediction
        Takes what was kept of one prediction; see `taskaffinity.training.pictures`.
    """

    truth: Callable[[np.ndarray, np.ndarray], Picture]
    prediction: Paint


def colours(image: np.ndarray) -> np.ndarray:
    """Turn values (3, H, W) in [0, 1] into pixels."""
    return (np.clip(np.nan_to_num(image), 0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)


def make_painter(
    task: Task, output: Output, value: np.ndarray, valid: np.ndarray, classes: Sequence[str] | None = None
) -> Painter:
    """Choose how a task is painted.

    Parameters
    ----------
    task
        The task.
    output
        Its output, with the number of classes that the data has.
    value, valid
        The labels of all images shown, with the batch axis first; see `taskaffinity.tasks.Label`.
    classes
        Names of classes, where the output is one of `Classes`.
    """
    match output:
        case Dense():
            return _dense(_dense_paint(task, output, value, valid))
        case PixelClasses():
            return _labelled(lambda labels: _distinct(labels))
        case Embedding():
            return Painter(_masked(_distinct), lambda kept: Picture(kept.transpose(1, 2, 0)))
        case Vector():
            return _vector(task, output, value)
    return _classes(classes)


def _dense_paint(
    task: Task, output: Dense, value: np.ndarray, valid: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    if output.channels == 1:
        low, high = value_range(value, valid, 1)
        name = "viridis" if task.name.startswith("depth") else "gray"
        return lambda one: _mapped((one[0] - low) / (high - low), name)
    if task.target == "rgb":
        return colours
    if task.target == "normal":
        return lambda one: colours((one + 1) / 2)
    bound = max(abs(edge) for edge in value_range(value, valid, 2))
    return lambda one: colours(_three(one) / bound / 2 + 0.5)


def value_range(value: np.ndarray, valid: np.ndarray, tail: float) -> tuple[float, float]:
    """Return the `tail`-th percentile of valid values and the one as far from the top."""
    known = value[np.broadcast_to(valid, value.shape)]
    known = known[np.isfinite(known)]
    low, high = np.percentile(known, [tail, 100 - tail]) if known.size else (0.0, 1.0)
    return float(low), float(max(high, low + 1e-6))


def _three(one: np.ndarray) -> np.ndarray:
    """Return the first three channels (3, H, W); those that are missing are flat."""
    missing = np.zeros((max(3 - len(one), 0), *one.shape[1:]), one.dtype)
    return np.concatenate([one[:3], missing])


def _mapped(share: np.ndarray, name: str) -> np.ndarray:
    import matplotlib as mpl

    mapped = mpl.colormaps[name](np.clip(np.nan_to_num(share.astype(float)), 0, 1))
    return (mapped[..., :3] * 255).round().astype(np.uint8)


def _distinct(labels: np.ndarray) -> np.ndarray:
    """Give every class or segment (H, W) a colour of its own, the same in every picture."""
    hue = (labels.astype(np.int64) * 0.61803398875) % 1.0  # the golden ratio keeps neighbours apart
    value = 0.55 + 0.4 * ((labels.astype(np.int64) * 7) % 5) / 4
    phase = (hue[..., None] * 6 + np.array([5, 3, 1])) % 6
    wave = np.clip(np.minimum(phase, 4 - phase), 0, 1)  # hue to colour, as in HSV
    return ((value[..., None] * (1 - 0.65 * wave)) * 255).round().astype(np.uint8)


def _masked(paint: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray, np.ndarray], Picture]:
    def truth(value: np.ndarray, valid: np.ndarray) -> Picture:
        pixels = paint(value)
        return Picture(np.where(valid.reshape(*pixels.shape[:2], 1), pixels, NOTHING))

    return truth


def _dense(paint: Callable[[np.ndarray], np.ndarray]) -> Painter:
    return Painter(_masked(paint), lambda kept: Picture(paint(kept.astype(np.float32))))


def _labelled(paint: Callable[[np.ndarray], np.ndarray]) -> Painter:
    return Painter(_masked(paint), lambda kept: Picture(paint(kept)))


def _vector(task: Task, output: Vector, value: np.ndarray) -> Painter:
    if task.grouping in PAIRS and output.dimensions == POSE_DIMENSIONS:
        reach = float(np.abs(value[:, 3:]).max(initial=1e-3))

        def paint(one: np.ndarray) -> Picture:
            return Picture(draw_pose(one, reach), _pose_words(one))

    else:
        bound = float(np.abs(value).max(initial=1e-6))

        def paint(one: np.ndarray) -> Picture:
            words = ", ".join(f"{number:.2g}" for number in one) if len(one) <= WRITTEN_VALUES else ""
            return Picture(draw_values(one / bound), words)

    return Painter(lambda one, known: paint(one) if known else Picture(text="no label"), paint)


def _pose_words(pose: np.ndarray) -> str:
    """Say how far the second camera is turned, and shifted in the task's own unit of length."""
    return f"{np.degrees(np.linalg.norm(pose[:3])):.0f}°, shift {np.linalg.norm(pose[3:]):.2f}"


def _classes(names: Sequence[str] | None) -> Painter:
    def name(index: int) -> str:
        return names[index] if names is not None and index < len(names) else f"class {index}"

    def truth(value: np.ndarray, known: np.ndarray) -> Picture:
        return Picture(text=name(int(value)) if known else "no label")

    def prediction(logits: np.ndarray) -> Picture:
        likely = np.argsort(-logits, kind="stable")[:SHOWN_CLASSES]
        share = np.exp(logits - logits.max())
        share = share / share.sum()
        return Picture(text="\n".join(f"{name(int(i))} {100 * share[i]:.0f} %" for i in likely))

    return Painter(truth, prediction)
