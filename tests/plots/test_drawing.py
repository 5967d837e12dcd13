import matplotlib as mpl
import pytest

from taskaffinity.plots.drawing import files_of, new_figure, style


def draw() -> object:
    figure = new_figure(2, 2)
    figure.subplots().plot([0, 1], [0, 1])
    return figure


def test_figures_are_drawn_as_png_and_svg_and_come_out_the_same_twice() -> None:
    first = files_of(draw())  # type: ignore[arg-type]
    assert list(first) == [".png", ".svg"]
    assert first == files_of(draw())  # type: ignore[arg-type]


def test_text_of_an_svg_stays_text() -> None:
    figure = new_figure(2, 2)
    figure.subplots().set_xlabel("supervision budget")
    assert "supervision budget" in files_of(figure)[".svg"].decode()


def test_the_style_ends_with_its_block() -> None:
    before = mpl.rcParams["font.size"]
    with style():
        assert mpl.rcParams["font.size"] == 9
    assert mpl.rcParams["font.size"] == before


def test_nothing_is_kept_by_pyplot() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    draw()
    assert pyplot.get_fignums() == []


def test_a_dollar_sign_in_a_name_is_no_formula() -> None:
    figure = new_figure(2, 2)
    with style():
        figure.subplots().set_title(r"$\\nothing$ costs $5")
    assert files_of(figure)[".png"]
