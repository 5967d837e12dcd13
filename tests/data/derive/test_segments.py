"""Segments of colour and of geometry."""

from collections.abc import Callable

import numpy as np

from taskaffinity.data.derive.geometry import normal
from taskaffinity.data.derive.segments import segment_unsup2d, segment_unsup25d
from taskaffinity.data.views import ViewId, Views


def test_two_colours_are_two_segments() -> None:
    image = np.zeros((1, 3, 64, 64), np.float32)
    image[..., 32:] = 0.8
    labels = segment_unsup2d(Views([ViewId("s", 0, 0)], {"rgb": image}))["segment_unsup2d"][0]
    assert len(np.unique(labels[:, :30])) == len(np.unique(labels[:, 34:])) == 1
    assert labels[0, 0] != labels[0, 63]


def test_two_walls_are_two_segments_and_a_hole_is_none(seen: Callable[..., Views]) -> None:
    views = seen(lambda x, y: np.where(y < -0.45, 0, 2 / (1 + np.abs(x))))
    made = segment_unsup25d(Views(views.ids, {**views.channels, **normal(views)}))
    labels = made["segment_unsup25d"][0]
    assert not made["segment_unsup25d_valid"][0, 0, :4].any()
    assert labels[30, 8] == labels[60, 20] != labels[30, 56] == labels[60, 44]
