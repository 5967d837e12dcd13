"""What an estimate is: a function from encodings and labels to a number, or to a reason why there is none.

Axis legend: N samples, D dimensions of the encodings, K dimensions of vector labels, Z classes of a source.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from taskaffinity.errors import InputError

Kind = Literal["classes", "vectors"]
MIN_SAMPLES = 4


class UndefinedError(Exception):
    """Raised inside an estimate that has no value for its samples; `Estimate` turns it into `NotDefined`."""


@dataclass(frozen=True, eq=False)
class Samples:
    """Encodings with their labels.

    Attributes
    ----------
    encodings
        float64 (N, D).
    labels
        int64 (N,) classes, or float64 (N, K) vectors.
    images
        int64 (N,): which image each sample comes from. Held-out estimates never split an image.
    predictions
        float64 (N, Z): probabilities that the source gives its own classes; None where it has none.
    """

    encodings: np.ndarray
    labels: np.ndarray
    images: np.ndarray
    predictions: np.ndarray | None = None

    @classmethod
    def of(
        cls, encodings: np.ndarray, labels: np.ndarray, images: np.ndarray | None = None,
        predictions: np.ndarray | None = None,
    ) -> "Samples":  # fmt: skip
        """Check arrays and bring them to the types that estimates work in.

        Parameters
        ----------
        encodings
            (N, D), finite.
        labels
            (N,) integers for classes; (N,) or (N, K) floats for vectors, finite.
        images
            (N,) integers; every sample is an image of its own when left out.
        predictions
            (N, Z), rows that sum to 1.

        Raises
        ------
        InputError
            Shapes do not fit, or a value is not finite.
        """
        encodings, labels = np.asarray(encodings), np.asarray(labels)
        images = np.arange(len(labels)) if images is None else np.asarray(images)
        _check_shapes(encodings, labels, images, predictions)
        if np.issubdtype(labels.dtype, np.integer) or labels.dtype == bool:
            labels = labels.astype(np.int64)
        else:
            labels = (labels if labels.ndim == 2 else labels[:, None]).astype(np.float64)
        if predictions is not None:
            predictions = np.asarray(predictions, np.float64)
        return cls(encodings.astype(np.float64), labels, images.astype(np.int64), predictions)

    @property
    def kind(self) -> Kind:
        """What the labels are."""
        return "classes" if self.labels.ndim == 1 else "vectors"

    @cached_property
    def classes(self) -> np.ndarray:
        """The classes that occur, sorted."""
        return np.unique(self.labels)

    @cached_property
    def targets(self) -> np.ndarray:
        """The labels as float64 (N, K): vectors as they are, classes one-hot over those that occur."""
        if self.kind == "vectors":
            return self.labels
        return (self.labels[:, None] == self.classes).astype(np.float64)

    def at_most(self, count: int) -> "Samples":
        """Return at most `count` samples, spread evenly; all of them where there are no more."""
        if len(self.labels) <= count:
            return self
        kept = np.linspace(0, len(self.labels) - 1, count).round().astype(int)
        predictions = None if self.predictions is None else self.predictions[kept]
        return Samples(self.encodings[kept], self.labels[kept], self.images[kept], predictions)


def _check_shapes(
    encodings: np.ndarray, labels: np.ndarray, images: np.ndarray, predictions: np.ndarray | None
) -> None:
    if encodings.ndim != 2 or labels.ndim not in (1, 2) or not encodings.shape[1]:
        raise InputError(
            f"encodings must be (N, D) and labels (N,) or (N, K), got {encodings.shape} and {labels.shape}"
        )
    if labels.ndim == 2 and np.issubdtype(labels.dtype, np.integer):
        raise InputError("labels (N, K) are vectors and must be floats; classes are integers (N,)")
    beside = (images,) if predictions is None else (images, np.asarray(predictions))
    if any(len(values) != len(labels) for values in (encodings, *beside)):
        raise InputError(f"there are {len(encodings)} encodings for {len(labels)} labels; give one for each")
    for name, values in (("encodings", encodings), ("labels", labels)):
        if not np.isfinite(values).all():
            raise InputError(f"{name} hold values that are not finite; leave those samples out")


@dataclass(frozen=True)
class Estimated:
    """The value of an estimate; higher is better.

    Attributes
    ----------
    value
        Finite. Comparable between sources of one target, and nowhere else.
    warning
        Why the value says little; empty where nothing is known against it.
    """

    value: float
    warning: str = ""


@dataclass(frozen=True)
class NotDefined:
    """An estimate has no value, which is not the same as a value of 0.

    Attributes
    ----------
    reason
        In one sentence.
    """

    reason: str


Outcome = Estimated | NotDefined


@dataclass(frozen=True)
class Estimate:
    """One estimate.

    Attributes
    ----------
    name
        The name of its file.
    title
        For people.
    source
        The publication.
    kinds
        The kinds of labels that it is defined for.
    compute
        From samples to a number; raises `UndefinedError` where there is none.
    saturates
        Whether any labels can be fitted where the encodings have as many dimensions as there are samples.
    reads_predictions
        Whether it needs the predictions of the source for its own classes.
    """

    name: str
    title: str
    source: str
    kinds: tuple[Kind, ...]
    compute: Callable[[Samples], float]
    saturates: bool = False
    reads_predictions: bool = False

    def __call__(
        self, encodings: np.ndarray, labels: np.ndarray, images: np.ndarray | None = None,
        predictions: np.ndarray | None = None,
    ) -> Outcome:  # fmt: skip
        """Estimate from arrays; parameters and errors are those of `Samples.of`."""
        return self.of(Samples.of(encodings, labels, images, predictions))

    def of(self, samples: Samples) -> Outcome:
        """Estimate from samples."""
        if reason := self._obstacle(samples):
            return NotDefined(reason)
        try:
            value = float(self.compute(samples))
        except UndefinedError as error:
            return NotDefined(str(error))
        if not np.isfinite(value):
            return NotDefined("its formula has no finite value on these samples")
        return Estimated(value, self._warning(samples))

    def _obstacle(self, samples: Samples) -> str:
        if samples.kind not in self.kinds:
            return f"defined for {' and '.join(self.kinds)}, not for {samples.kind}"
        if self.reads_predictions and samples.predictions is None:
            return "the source predicts no classes"
        if len(samples.labels) < MIN_SAMPLES:
            return f"{len(samples.labels)} samples; it takes at least {MIN_SAMPLES}"
        if not np.ptp(samples.targets, axis=0).any():
            return "all labels are the same"
        if not np.ptp(samples.encodings, axis=0).any():
            return "all encodings are the same"
        return ""

    def _warning(self, samples: Samples) -> str:
        count, dimensions = samples.encodings.shape
        if self.saturates and dimensions >= count:
            return f"saturates: {dimensions} dimensions for {count} samples fit any labels"
        return ""
