"""Labels of the tasks per pixel, and of the classes, against what they claim."""

import numpy as np
import pytest
from support.full_data import HOLE

from taskaffinity.data.keep import DataSet
from taskaffinity.tasks import discover

TASKS = discover()


@pytest.mark.parametrize(
    ("name", "channel"), [("depth_zbuffer", "depth"), ("depth_euclidean", "depth_euclidean")]
)
def test_log_depth_can_be_undone(full: DataSet, name: str, channel: str) -> None:
    views = full.read(np.arange(6), [channel])
    label = TASKS[name].label([views])
    metres = np.expm1(label.value.astype(float) * np.log(2.0**16)) / 512
    np.testing.assert_allclose(metres[label.valid], views[channel][label.valid], rtol=1e-4)
    assert not label.valid[:, :, *HOLE].any()


def test_unknown_classes_are_masked(full: DataSet) -> None:
    views = full.read(np.arange(6), ["semantic"])
    label = TASKS["segment_semantic"].label([views])
    shown = views["semantic"][:, 1::2, 1::2]
    np.testing.assert_array_equal(label.valid[:, 0], shown > 0)
    known = label.valid[:, 0]
    np.testing.assert_array_equal(label.value[known] + 1, shown[known])


@pytest.mark.parametrize("name", ["object_class", "scene_class"])
def test_views_without_a_class_are_masked(full: DataSet, name: str) -> None:
    views = full.read(np.arange(len(full)), [name])
    label = TASKS[name].label([views])
    np.testing.assert_array_equal(label.valid, views[name] >= 0)


def test_curvature_ends_at_ten_centimetres(full: DataSet) -> None:
    views = full.read(np.arange(6), ["principal_curvature"])
    views["principal_curvature"][0, :, 0, 0] = (30.0, -30.0)
    views["principal_curvature"][0, :, 0, 1] = (4.0, -0.5)
    value = TASKS["principal_curvature"].label([views]).value
    np.testing.assert_allclose(value[0, :, 0, :2], [[1, 0.4], [-1, -0.05]], rtol=1e-6)


@pytest.mark.parametrize(
    "name", ["edge_texture", "edge_occlusion", "keypoints2d", "keypoints3d", "reshading"]
)
def test_maps_of_strength_lie_between_zero_and_one(full: DataSet, name: str) -> None:
    label = TASKS[name].label([full.read(np.arange(6), TASKS[name].label_channels)])
    valid = label.value[label.valid]
    assert valid.min() >= 0
    assert valid.max() <= 1
    assert valid.std() > 0.01


def test_colours_have_a_class_each(full: DataSet) -> None:
    from taskaffinity.data.derive.colour import colour_bins

    assert vars(TASKS["colorization"].output)["classes"] == len(colour_bins())
