"""What adaptation is worth: each method beside source only and train on target, on the same test images.

share of the gap = (method − source only) / (train on target − source only)      (Ganin et al., 2016, table 2)

It is not defined where training on the target is no better than source only, or not surely so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

SOURCE_ONLY, ON_TARGET = "source_only", "train_on_target"
Metric = Literal["accuracy", "loss"]
RESAMPLES = 1000
BOUNDS = (2.5, 97.5)  # per cent: a central interval of 95 %


@dataclass(frozen=True)
class Scored:
    """A method with its value on test images.

    Attributes
    ----------
    method
        Its name.
    value, low, high
        The mean, and its 95 % interval over resampled test images; NaN where nothing was measured.
    share_of_gap
        See above; None where it is not defined.
    """

    method: str
    value: float
    low: float
    high: float
    share_of_gap: float | None = None


def share_of_gap(value: float, source_only: float, on_target: float) -> float:
    """Return the share of the gap that a method covers.

    Parameters
    ----------
    value, source_only, on_target
        Means of one measure, whichever of more and less is better. The last two differ.

    Examples
    --------
    >>> round(share_of_gap(0.7666, 0.5225, 0.9596), 3)  # DANN from MNIST to MNIST-M
    0.558
    """
    return (value - source_only) / (on_target - source_only)


def compare_methods(scores: Mapping[str, np.ndarray], metric: Metric, seed: int = 0) -> list[Scored]:
    """Compare methods on the same test images.

    Parameters
    ----------
    scores
        By method, the value of each test image: float (N,), or (S, N) from S seeds; NaN where an image has no
        label. Seeds are averaged.
    metric
        ``accuracy``, of which more is better, or ``loss``, of which less is.
    seed
        Seed of the resampling.
    """
    per_image = {method: np.atleast_2d(values).mean(0) for method, values in scores.items()}
    means = {method: _mean(values) for method, values in per_image.items()}
    drawn = _resampled(per_image, seed)
    has_gap = _has_gap(means, drawn, metric)
    scored = []
    for method, mean in means.items():
        low, high = (float(bound) for bound in np.percentile(drawn[method], BOUNDS))
        has_share = has_gap and method not in (SOURCE_ONLY, ON_TARGET)
        share = share_of_gap(mean, means[SOURCE_ONLY], means[ON_TARGET]) if has_share else None
        scored.append(Scored(method, mean, low, high, share))
    return scored


def pool_runs(values: Mapping[str, Sequence[float]], metric: Metric) -> list[Scored]:
    """Average methods over runs of other seeds.

    Parameters
    ----------
    values
        By method, its mean in each of R runs, R at least 2, in the same order.
    metric
        As in `compare_methods`.

    Returns
    -------
    list
        Means, with intervals by Student's t over the runs. A share is defined where training on the target is
        surely better than source only by the same interval of their difference.
    """
    means = {method: float(np.mean(one)) for method, one in values.items()}
    has_gap = {SOURCE_ONLY, ON_TARGET} <= set(values)
    if has_gap:
        sign = 1 if metric == "accuracy" else -1
        gap = sign * (np.array(values[ON_TARGET]) - np.array(values[SOURCE_ONLY]))
        has_gap = float(gap.mean()) - _half_width(gap) > 0
    pooled = []
    for method, one in values.items():
        half = _half_width(np.array(one))
        has_share = has_gap and method not in (SOURCE_ONLY, ON_TARGET)
        share = share_of_gap(means[method], means[SOURCE_ONLY], means[ON_TARGET]) if has_share else None
        pooled.append(Scored(method, means[method], means[method] - half, means[method] + half, share))
    return pooled


def _half_width(values: np.ndarray) -> float:
    """Return half the width of the 95 % interval of the mean of values (R,)."""
    from scipy import stats

    spread = float(values.std(ddof=1)) / np.sqrt(len(values))
    return float(stats.t.ppf(BOUNDS[1] / 100, len(values) - 1)) * spread


def interval(values: np.ndarray, seed: int = 0) -> tuple[float, float, float]:
    """Return the mean of values (N,) and its interval over resampled images."""
    (scored,) = compare_methods({"": values}, "loss", seed)
    return scored.value, scored.low, scored.high


def _mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _resampled(per_image: Mapping[str, np.ndarray], seed: int) -> dict[str, np.ndarray]:
    """Draw images with replacement, the same ones for all methods: means (RESAMPLES,) of each."""
    count = len(next(iter(per_image.values())))
    rng = np.random.default_rng([seed, count])
    drawn: dict[str, list[float]] = {method: [] for method in per_image}
    for _ in range(RESAMPLES):
        rows = rng.integers(count, size=count)
        for method, values in per_image.items():
            drawn[method].append(_mean(values[rows]))
    return {method: np.array(means) for method, means in drawn.items()}


def _has_gap(means: Mapping[str, float], drawn: Mapping[str, np.ndarray], metric: Metric) -> bool:
    """Tell whether training on the target is surely better than source only."""
    if not {SOURCE_ONLY, ON_TARGET} <= set(means):
        return False
    sign = 1 if metric == "accuracy" else -1
    gap = sign * (drawn[ON_TARGET] - drawn[SOURCE_ONLY])
    return bool(np.percentile(gap, BOUNDS[0]) > 0)


@dataclass(frozen=True)
class Candidate:
    """A network that was trained without one domain, as a choice of model.

    Attributes
    ----------
    strength
        What distinguishes it from the others of its method.
    on_training, on_left_out, on_test
        Its validation score: on the domains it was trained on, averaged; on domains that were left out in
        turn of the training domains, averaged, NaN where that was not measured; and on the domain that it is
        tested on, which a user would not have.
    test
        The value of each test image, float (N,).
    """

    strength: float
    on_training: float
    on_left_out: float
    on_test: float
    test: np.ndarray


SELECTIONS = {
    "training-domain validation": "on_training",
    "leave-one-domain-out": "on_left_out",
    "test-domain oracle": "on_test",
}
"""DomainBed's three ways of choosing a model (Gulrajani and Lopez-Paz, ICLR 2021), and what each sees."""


def select(candidates: Sequence[Candidate], selection: str, metric: Metric) -> Candidate | None:
    """Choose the candidate that is best by one of `SELECTIONS`; None where that was not measured."""
    looked_at = SELECTIONS[selection]
    known = [one for one in candidates if np.isfinite(getattr(one, looked_at))]
    if len(known) < len(candidates) or not known:
        return None
    sign = 1 if metric == "accuracy" else -1
    return max(known, key=lambda one: sign * getattr(one, looked_at))
