"""Edges in proportion to the image, and where there is no depth."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from skimage import data

from taskaffinity.data.derive.edges import edge_occlusion, edge_texture
from taskaffinity.data.derive.keypoints import keypoints2d
from taskaffinity.data.views import ViewId, Views


def photograph(size: int) -> Views:
    image = cv2.resize(data.astronaut(), (size, size), interpolation=cv2.INTER_AREA)
    return Views([ViewId("s", 0, 0)], {"rgb": (image.transpose(2, 0, 1)[None] / np.float32(255))})


@pytest.mark.parametrize("label", [edge_texture, keypoints2d])
@pytest.mark.parametrize("size", [64, 128])
def test_the_label_of_a_smaller_image_is_the_smaller_label(label: Callable, size: int) -> None:
    name = label.__name__
    large = cv2.resize(label(photograph(256))[name][0, 0], (size, size), interpolation=cv2.INTER_AREA)
    small = label(photograph(size))[name][0, 0]
    assert small.shape == (size, size)
    assert np.corrcoef(large.ravel(), small.ravel())[0, 1] > 0.8
    assert 0.6 < small.mean() / large.mean() < 1.2


def test_maps_lie_in_their_range() -> None:
    for label in (edge_texture, keypoints2d):
        value = label(photograph(64))[label.__name__]
        assert value.dtype == np.float32
        assert value.min() >= 0
        assert value.max() <= 1
        assert 0.01 < value.mean() < 0.9  # neither empty nor saturated


def test_an_image_of_one_colour_has_no_edges_even_at_its_border() -> None:
    views = Views([ViewId("s", 0, 0)], {"rgb": np.full((1, 3, 64, 64), 0.7, np.float32)})
    assert edge_texture(views)["edge_texture"].max() < 1e-4


def test_occlusion_is_strong_at_a_step_and_weak_on_a_slant(seen: Callable[..., Views]) -> None:
    step = edge_occlusion(seen(lambda x, y: np.where(x < 0, 1.5, 3.0)))["edge_occlusion"][0, 0]
    slant = edge_occlusion(seen(lambda x, y: 2 / (1 + 0.5 * x)))["edge_occlusion"][0, 0]
    assert step[:, 31:33].min() > 0.5
    assert step[:, :24].max() == 0
    assert slant.max() < 0.3


def test_no_edge_is_told_beside_a_hole(seen: Callable[..., Views]) -> None:
    views = seen(lambda x, y: np.where((np.abs(x) < 0.1) & (np.abs(y) < 0.1), 0, 2.0))
    made = edge_occlusion(views)
    assert not made["edge_occlusion_valid"][views["depth"] == 0].any()
    assert made["edge_occlusion"].max() == 0
    assert made["edge_occlusion_valid"][0, 0, 0, 0]
