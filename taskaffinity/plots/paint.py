"""Labels and predictions as pictures: depth, normals, curvature, classes, segments, vectors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from taskaffinity.plots.pose import draw_pose, draw_values
from taskaffinity.runs.record import Number, Record

NOTHING = np.full(3, 128, np.uint8)  # where there is no label
NO_LABEL = "no label"
WRITTEN_VALUES = 3  # longer vectors are drawn only
SHOWN_CLASSES = 3


@dataclass(frozen=True)
class Picture:
    """What stands in one place of a slide: pixels uint8 (H, W, 3), a few words, or both."""

    pixels: np.ndarray | None = None
    text: str = ""


class Painting(Record):
    """How one task's labels and predictions are painted.

    Attributes
    ----------
    kind
        ``map``: one channel (1, H, W) over colours from `low` to `high`. ``rgb``: (3, H, W) in [0, 1].
        ``signed``: (C, H, W), of which three channels are shown, grey at 0 and full at ±`high`. ``segments``:
        integers (H, W). ``embedding``: labels as ``segments``, predictions uint8 (3, H, W). ``pose``: (6,),
        rotation and translation, the latter drawn to the border at `high`. ``vector``: (D,), bars of length
        1 at `high`. ``classes``: labels are indices, predictions logits (D,), called `names`. A kind that is
        not known is not drawn.
    low, high
        The scale.
    colours
        Name of matplotlib's colours for ``map``.
    names
        Of classes.
    """

    kind: str
    low: Number = 0.0
    high: Number = 1.0
    colours: str = "gray"
    names: tuple[str, ...] = ()

    def truth(self, value: np.ndarray, valid: np.ndarray) -> Picture:
        """Paint the label of one image, without the batch axis; grey or said where it is not valid."""
        if self.kind == "classes":
            return Picture(text=self.name(int(value)) if valid else NO_LABEL)
        if self.kind in VECTORS and not valid:
            return Picture(text=NO_LABEL)
        paint = _segments if self.kind == "embedding" else PAINTS.get(self.kind, _unknown)
        picture = paint(self, np.asarray(value))
        if picture.pixels is None or self.kind in VECTORS:
            return picture
        known = np.asarray(valid).reshape(*picture.pixels.shape[:2], 1)
        return Picture(np.where(known, picture.pixels, NOTHING), picture.text)

    def prediction(self, kept: np.ndarray) -> Picture:
        """Paint what was kept of one prediction; see `taskaffinity.outputs.Output.kept`."""
        return PAINTS.get(self.kind, _unknown)(self, np.asarray(kept))

    def name(self, index: int) -> str:
        """Name a class."""
        return self.names[index] if 0 <= index < len(self.names) else f"class {index}"


def colours(image: np.ndarray) -> np.ndarray:
    """Turn values (3, H, W) in [0, 1] into pixels."""
    return (np.clip(np.nan_to_num(image), 0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)


def _map(painting: Painting, one: np.ndarray) -> Picture:
    import matplotlib as mpl

    share = (one[0].astype(np.float32) - painting.low) / max(painting.high - painting.low, 1e-9)
    mapped = mpl.colormaps[painting.colours](np.clip(np.nan_to_num(share.astype(float)), 0, 1))
    return Picture((mapped[..., :3] * 255).round().astype(np.uint8))


def _rgb(painting: Painting, one: np.ndarray) -> Picture:
    return Picture(colours(one.astype(np.float32)))


def _signed(painting: Painting, one: np.ndarray) -> Picture:
    shown = one[:3].astype(np.float32)
    flat = np.zeros((3 - len(shown), *shown.shape[1:]), np.float32)
    return Picture(colours(np.concatenate([shown, flat]) / max(painting.high, 1e-9) / 2 + 0.5))


def _segments(painting: Painting, labels: np.ndarray) -> Picture:
    """Give every class or segment (H, W) a colour of its own, the same in every picture."""
    hue = (labels.astype(np.int64) * 0.61803398875) % 1.0  # the golden ratio keeps neighbours apart
    value = 0.55 + 0.4 * ((labels.astype(np.int64) * 7) % 5) / 4
    phase = (hue[..., None] * 6 + np.array([5, 3, 1])) % 6
    wave = np.clip(np.minimum(phase, 4 - phase), 0, 1)  # hue to colour, as in HSV
    return Picture(((value[..., None] * (1 - 0.65 * wave)) * 255).round().astype(np.uint8))


def _embedding(painting: Painting, kept: np.ndarray) -> Picture:
    return Picture(kept.astype(np.uint8).transpose(1, 2, 0))


def _pose(painting: Painting, pose: np.ndarray) -> Picture:
    """Draw the second camera, and say how far it is turned and shifted in the task's own unit of length."""
    turn, shift = np.degrees(np.linalg.norm(pose[:3])), np.linalg.norm(pose[3:])
    return Picture(draw_pose(pose, max(painting.high, 1e-3)), f"{turn:.0f}°, shift {shift:.2f}")


def _vector(painting: Painting, one: np.ndarray) -> Picture:
    words = ", ".join(f"{number:.2g}" for number in one) if len(one) <= WRITTEN_VALUES else ""
    return Picture(draw_values(one / max(painting.high, 1e-6)), words)


def _classes(painting: Painting, logits: np.ndarray) -> Picture:
    likely = np.argsort(-logits, kind="stable")[:SHOWN_CLASSES]
    share = np.exp(logits - logits.max())
    share = share / share.sum()
    return Picture(text="\n".join(f"{painting.name(int(i))} {100 * share[i]:.0f} %" for i in likely))


def _unknown(painting: Painting, one: np.ndarray) -> Picture:
    return Picture(text="cannot be drawn by this version")


VECTORS = ("pose", "vector")
PAINTS: dict[str, Callable[[Painting, np.ndarray], Picture]] = {
    "map": _map,
    "rgb": _rgb,
    "signed": _signed,
    "segments": _segments,
    "embedding": _embedding,
    "pose": _pose,
    "vector": _vector,
    "classes": _classes,
}
