"""Primitives enclose the space they should, with their normals outwards."""

import numpy as np
import pytest

from taskaffinity.data.rooms.shapes import Soup, ball, box, cushion, cylinder, lathe, rod, rotation, sheet

SOLIDS = [
    (box((2, 3, 4)), 24.0),
    (cylinder(0.5, 2), np.pi * 0.5),
    (ball(1.0), 4 / 3 * np.pi),
    (cushion((2, 2, 2), roundness=0.1), 7.8),
    (rod((0, 0, 0), (1, 2, 2), 0.2), 3 * np.pi * 0.04),
    (lathe([(0, 0), (1, 0), (0, 3)]), np.pi),
]


def volume(soup: Soup) -> float:
    """By the divergence theorem: a sixth of the sum of the corners' determinants."""
    return float(np.abs(np.linalg.det(soup.corners).sum() / 6))


@pytest.mark.parametrize(("soup", "expected"), SOLIDS)
def test_solids_have_their_volume(soup: Soup, expected: float) -> None:
    assert volume(soup) == pytest.approx(expected, rel=0.07)


@pytest.mark.parametrize("soup", [s for s, _ in SOLIDS])
def test_normals_are_unit_and_point_outwards(soup: Soup) -> None:
    assert np.allclose(np.linalg.norm(soup.normals, axis=-1), 1, atol=1e-6)
    middle = soup.corners.mean(axis=(0, 1))
    outward = ((soup.corners - middle) * soup.normals).sum(axis=-1)
    assert (outward > -1e-6).mean() > 0.99


def test_turning_and_moving_keep_the_volume() -> None:
    soup = box((1, 2, 3)).turned(rotation(0, 0.7) @ rotation(2, 1.1)).moved((5, -3, 2))
    assert volume(soup) == pytest.approx(6)
    assert np.allclose(np.linalg.norm(soup.normals, axis=-1), 1)


def test_a_sheet_hangs_between_its_hem_and_its_height() -> None:
    cloth = sheet(2.0, 1.5, 6, 0.1, (0, 0, 0.5))
    assert cloth.corners[..., 2].min() == pytest.approx(0.5)
    assert cloth.corners[..., 2].max() == pytest.approx(2.0)
    assert np.abs(cloth.corners[..., 1]).max() <= 0.05 + 1e-9
