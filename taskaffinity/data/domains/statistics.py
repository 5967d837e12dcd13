"""How domains differ before anything is trained: range, colour, size, and the distribution of labels.

A mistake here, such as images stored as 0 to 1 in one domain and as 0 to 255 in another, or classes that one
domain lacks, ruins a study of domains without an error anywhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

from taskaffinity.data.views import Views
from taskaffinity.errors import DataError

SAMPLE = 256  # views that statistics are taken from
UNIT_RANGE = 1.5 / 255  # images whose largest value is smaller were stored as 0 to 1
RANGE_RATIO = 4.0  # of the largest values of two domains
DISTANCE = 0.25  # total variation between the shares of classes
UNIT_RATIO = 8.0  # of the typical values of a label
MIN_LABEL = 1e-6
LARGE = 90  # per cent: of many labels, such as edges, most values are 0


@dataclass(frozen=True)
class DomainStatistics:
    """What a sample of the images of one domain looks like.

    Attributes
    ----------
    images
        How many images the domain has.
    size
        Height and width, pixels.
    low, high
        The least and the largest value of colour, in [0, 1].
    mean, spread
        Mean and standard deviation of red, green and blue, in [0, 1].
    classes
        By channel of classes, the share of each class among the images that have one.
    labels
        By other channel, the 90th percentile of its absolute values where it is valid.
    """

    images: int
    size: tuple[int, int]
    low: float
    high: float
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    classes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    labels: Mapping[str, float] = field(default_factory=dict)

    def record(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return asdict(self)

    def line(self) -> str:
        """Say it for people, in one line."""
        colour = ", ".join(f"{value:.2f}" for value in self.mean)
        return (
            f"{self.images} images of {self.size[0]}x{self.size[1]}, "
            f"colour {self.low:.2f} to {self.high:.2f}, mean {colour}"
        )


def statistics_of(views: Views, images: int, classes: Mapping[str, Sequence[str]]) -> DomainStatistics:
    """Take statistics of a sample of views.

    Parameters
    ----------
    views
        The sample, as the View contract says.
    images
        How many images the domain has.
    classes
        Names of classes by channel.
    """
    colour = views["rgb"]
    values = colour.transpose(1, 0, 2, 3).reshape(3, -1)
    others = [c for c in views.channels if c != "rgb" and c not in classes and not c.endswith("_valid")]
    return DomainStatistics(
        images, (int(colour.shape[2]), int(colour.shape[3])), float(colour.min()), float(colour.max()),
        tuple(map(float, values.mean(1))), tuple(map(float, values.std(1))),
        {c: _shares(views[c], names) for c, names in classes.items() if c in views.channels},
        {c: typical for c in others if np.isfinite(typical := _typical(views, c))},
    )  # fmt: skip


def _shares(numbers: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    counts = np.bincount(numbers[numbers >= 0].ravel(), minlength=len(names))
    return {name: float(count / max(1, counts.sum())) for name, count in zip(names, counts, strict=False)}


def _typical(views: Views, channel: str) -> float:
    """Return a large value of a real channel where it is valid, `LARGE` of its size; NaN for others."""
    value = views[channel]
    if value.dtype.kind != "f":
        return float("nan")
    flat = np.abs(value[np.broadcast_to(views.valid(channel), value.shape)] if value.ndim == 4 else value)
    flat = flat[np.isfinite(flat)]
    return float(np.percentile(flat, LARGE)) if flat.size else float("nan")


def compare(domains: Mapping[str, DomainStatistics]) -> list[str]:
    """Compare domains pair by pair.

    Returns
    -------
    list
        A warning a line.

    Raises
    ------
    DataError
        Images of one domain are stored as 0 to 1, those of another as 0 to 255.
    """
    dark = [name for name, one in domains.items() if one.high <= UNIT_RANGE]
    if dark and len(dark) < len(domains):
        raise DataError(
            f"data.domains: no value in the images of {', '.join(dark)} is above 1 of 255, as if they were "
            "stored as 0 to 1; multiply them by 255"
        )
    warnings = []
    for (first, one), (second, other) in combinations(domains.items(), 2):
        warnings += [f"{first} and {second}: {line}" for line in _differences(one, other)]
    return warnings


def _differences(one: DomainStatistics, other: DomainStatistics) -> list[str]:
    lines = []
    if _ratio(one.high, other.high) > RANGE_RATIO:
        lines.append(f"the largest values of colour are {one.high:.3f} and {other.high:.3f}; another range?")
    for channel in sorted(set(one.classes) & set(other.classes)):
        lines += _class_differences(channel, one.classes[channel], other.classes[channel])
    for channel in sorted(set(one.labels) & set(other.labels)):
        here, there = one.labels[channel], other.labels[channel]
        if _ratio(here, there) > UNIT_RATIO:
            lines.append(f"{channel} reaches {here:.3g} and {there:.3g}; another unit?")
    return lines


def _class_differences(channel: str, one: Mapping[str, float], other: Mapping[str, float]) -> list[str]:
    missing = sorted(name for name in one if (one[name] > 0) != (other.get(name, 0) > 0))
    if missing:
        return [f"{channel}: only one of them has images of {', '.join(missing)}"]
    distance = sum(abs(share - other.get(name, 0)) for name, share in one.items()) / 2
    if distance > DISTANCE:
        return [f"{channel}: classes have other shares (total variation {distance:.2f})"]
    return []


def _ratio(one: float, other: float) -> float:
    least = max(min(one, other), MIN_LABEL)
    return max(one, other) / least if max(one, other) > MIN_LABEL else 1.0
