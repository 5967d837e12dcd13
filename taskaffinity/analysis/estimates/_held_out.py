"""Folds that never split an image, and how predictions on what was held out are scored."""

from collections.abc import Callable, Iterator

import numpy as np

from taskaffinity.analysis.estimates._contract import Samples, UndefinedError

FOLDS = 5

Predict = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


def folds(images: np.ndarray, count: int = FOLDS) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield positions to fit and to hold out: the i-th image is held out by fold i mod `count`.

    Raises
    ------
    UndefinedError
        There is only one image.
    """
    distinct, place = np.unique(images, return_inverse=True)
    if len(distinct) < 2:
        raise UndefinedError("all samples come from one image, and none can be held out")
    fold = place % min(count, len(distinct))
    for held in range(min(count, len(distinct))):
        yield np.flatnonzero(fold != held), np.flatnonzero(fold == held)


def held_out(samples: Samples, predict: Predict) -> np.ndarray:
    """Predict every sample from those of other images: float64 (N, K).

    Parameters
    ----------
    samples
        Encodings with labels.
    predict
        From encodings to fit, their targets (M, K) and encodings held out, to predictions (L, K). Encodings
        have mean 0 and spread 1 on those to fit.
    """
    predicted = np.empty_like(samples.targets)
    for fit, held in folds(samples.images):
        mean, spread = samples.encodings[fit].mean(0), samples.encodings[fit].std(0)
        scaled = (samples.encodings - mean) / np.where(spread > 0, spread, 1.0)
        predicted[held] = predict(scaled[fit], samples.targets[fit], scaled[held])
    return predicted


def score(samples: Samples, predicted: np.ndarray) -> float:
    """Score predictions (N, K): accuracy for classes in [0, 1]; for vectors R², at most 1.

    R² = 1 − Σ |y − ŷ|² / Σ |y − ȳ|², dimensions of the label each brought to spread 1.
    """
    if samples.kind == "classes":
        return float((samples.classes[predicted.argmax(1)] == samples.labels).mean())
    spread = samples.labels.std(0)
    varies = spread > 0
    residuals = ((predicted - samples.labels)[:, varies] / spread[varies]) ** 2
    return float(1 - residuals.mean())
