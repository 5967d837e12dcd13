import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from taskaffinity.plots import palette
from taskaffinity.tasks import discover


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_group_of_the_dictionary_has_a_colour_of_its_own() -> None:
    groups = {task.group for task in discover().values()}
    assert groups <= set(palette.GROUP_COLOURS)
    assert len({pair.fill for pair in palette.GROUP_COLOURS.values()}) == len(palette.GROUP_COLOURS)


@pytest.mark.parametrize("pair", [*palette.GROUP_COLOURS.values(), palette.OTHER])
def test_words_on_a_group_can_be_read(pair: palette.Pair) -> None:
    assert contrast(pair.fill, pair.ink) >= 4.5


@pytest.mark.parametrize(
    ("colour", "ground"),
    [
        (palette.GAIN, "#ffffff"), (palette.QUALITY, "#ffffff"),
        (palette.GAIN_ON_DARK, "#181c22"), (palette.QUALITY_ON_DARK, "#181c22"),
        *[(pair.fill, paper) for pair in palette.GROUP_COLOURS.values() for paper in ("#ffffff", "#181c22")],
    ],
)  # fmt: skip
def test_marks_stand_out_from_the_page(colour: str, ground: str) -> None:
    assert contrast(colour, ground) >= 3


def test_the_page_uses_the_colours_of_the_palette() -> None:
    from taskaffinity.report.page import asset

    css = str(asset("css/theme.css"))
    for colour in (palette.GAIN, palette.QUALITY, palette.GAIN_ON_DARK, palette.QUALITY_ON_DARK):
        assert colour in css


def test_the_sequential_colours_are_those_of_the_figures() -> None:
    mapped = mpl.colormaps[palette.SEQUENTIAL_NAME](np.linspace(0, 1, len(palette.SEQUENTIAL)))[:, :3]
    told = np.array([to_rgb(colour) for colour in palette.SEQUENTIAL])
    np.testing.assert_allclose(told, mapped, atol=0.03)
