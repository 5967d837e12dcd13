"""Derived labels against the published files of the same frames."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support import published_labels as published
from support.published_labels import Frame


@pytest.fixture(scope="module")
def frames(real_data: Path) -> list[Frame]:
    return published.frames(real_data / "taskonomy-frames")


def measured(frames: list[Frame], measure: Callable[[Frame], float | None]) -> dict[str, float]:
    """The measure of every frame that has both labels; there must be one."""
    values = {str(frame): value for frame in frames if (value := measure(frame)) is not None}
    assert values
    return values


def test_normals_from_depth(frames: list[Frame]) -> None:
    for frame, angle in measured(frames, published.normal_error).items():
        assert angle <= 15, frame


@pytest.mark.parametrize(
    ("channel", "least"),
    [
        ("edge_texture", 0.6), ("edge_occlusion", 0.6), ("keypoints2d", 0.6), ("reshading", 0.9),
        ("keypoints3d", 0.6), ("principal_curvature", 0.5),
    ],
)  # fmt: skip
def test_maps_rank_pixels_as_the_published_ones(frames: list[Frame], channel: str, least: float) -> None:
    for frame, rho in measured(frames, lambda f: published.rank_agreement(f, channel)).items():
        assert rho >= least, frame


def test_distance_from_depth(frames: list[Frame]) -> None:
    for frame, error in measured(frames, published.distance_error).items():
        assert error <= 0.02, frame


@pytest.mark.parametrize("channel", ["segment_unsup2d", "segment_unsup25d"])
def test_segments_are_more_alike_than_by_chance(frames: list[Frame], channel: str) -> None:
    for frame, index in measured(frames, lambda f: published.segment_agreement(f, channel)).items():
        assert index > 0.5, frame
