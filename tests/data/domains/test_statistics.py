"""Domains are compared before anything is trained."""

from dataclasses import replace

import numpy as np
import pytest

from taskaffinity.data.domains import DomainStatistics, compare, statistics_of
from taskaffinity.data.views import ViewId, Views
from taskaffinity.errors import DataError

PLAIN = DomainStatistics(100, (32, 32), 0.0, 1.0, (0.5,) * 3, (0.2,) * 3)


def test_statistics_are_those_of_the_images() -> None:
    rng = np.random.default_rng(0)
    colour = rng.random((7, 3, 4, 4)).astype(np.float32)
    depth = np.full((7, 1, 4, 4), 2.0, np.float32)
    valid = np.ones((7, 1, 4, 4), bool)
    depth[0], valid[0] = 99, False
    channels = {"rgb": colour, "object_class": np.array([0, 0, 0, 1, 1, 1, -1]), "depth": depth}
    views = Views([ViewId(str(i), 0, 0) for i in range(7)], {**channels, "depth_valid": valid})
    found = statistics_of(views, 70, {"object_class": ["cat", "dog", "emu"]})
    assert found.images == 70
    assert np.allclose(found.mean, colour.mean((0, 2, 3)))
    assert (found.low, found.high) == (colour.min(), colour.max())
    assert found.classes == {"object_class": {"cat": 0.5, "dog": 0.5, "emu": 0.0}}
    assert found.labels == {"depth": 2.0}


def test_equal_domains_give_no_warning() -> None:
    assert compare({"a": PLAIN, "b": PLAIN}) == []


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (replace(PLAIN, high=0.1), "range"),
        (replace(PLAIN, labels={"depth": 2000.0}), "depth reaches"),
        (
            replace(PLAIN, classes={"object_class": {"cat": 1.0, "dog": 0.0}}),
            "only one of them has images of dog",
        ),
        (replace(PLAIN, classes={"object_class": {"cat": 0.9, "dog": 0.1}}), "other shares"),
    ],
)
def test_a_difference_is_said(other: DomainStatistics, said: str) -> None:
    one = replace(PLAIN, labels={"depth": 2.0}, classes={"object_class": {"cat": 0.5, "dog": 0.5}})
    (line,) = compare({"a": one, "b": other})
    assert line.startswith("a and b: ")
    assert said in line


def test_0_to_1_against_0_to_255_is_an_error() -> None:
    with pytest.raises(DataError, match="stored as 0 to 1"):
        compare({"a": PLAIN, "b": replace(PLAIN, high=1 / 255)})
