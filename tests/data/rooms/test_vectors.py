"""Arithmetic by columns gives what NumPy gives, in the layout it promises."""

from collections.abc import Callable

import numpy as np
import pytest

from taskaffinity.data.rooms.materials import _ramps
from taskaffinity.data.rooms.vectors import cross, dot, rows

Layout = Callable[[np.ndarray], np.ndarray]
RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(9, 3), (9, 3, 2), (9, 3, 4)])
@pytest.mark.parametrize("laid_out", [np.ascontiguousarray, np.asfortranarray])
def test_rows_are_those_of_the_table_and_lie_by_columns(shape: tuple[int, ...], laid_out: Layout) -> None:
    table, index = laid_out(RNG.standard_normal(shape)), RNG.integers(0, 9, 20)
    got = rows(table, index)
    assert np.array_equal(got, table[index])
    assert got.flags.f_contiguous


@pytest.mark.parametrize("laid_out", [np.ascontiguousarray, np.asfortranarray])
def test_products_are_numpys(laid_out: Layout) -> None:
    a, b = (laid_out(RNG.standard_normal((20, 3))) for _ in "ab")
    assert np.allclose(dot(a, b), (a * b).sum(axis=1))
    assert np.allclose(cross(a, b), np.cross(a, b))
    assert cross(a, b).flags.f_contiguous


def test_ramps_are_linear_between_the_colours_of_each_material() -> None:
    stops = [[RNG.random(3) for _ in range(n)] for n in (2, 5, 2, 3)]
    ramps = _ramps(stops)
    x = np.linspace(0, 1, 256)
    for ramp, colours in zip(ramps, stops, strict=True):
        at = np.linspace(0, 1, len(colours))
        expected = np.stack([np.interp(x, at, channel) for channel in np.transpose(colours)], axis=1)
        assert np.allclose(ramp, expected, atol=1e-6)
