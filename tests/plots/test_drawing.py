from pathlib import Path

import matplotlib as mpl
import pytest

from taskaffinity.plots.drawing import new_figure, save, style


def draw() -> object:
    figure = new_figure(2, 2)
    figure.subplots().plot([0, 1], [0, 1])
    return figure


def test_figures_are_written_as_png_and_svg_and_come_out_the_same_twice(tmp_path: Path) -> None:
    first = save(draw(), tmp_path / "one", "line")  # type: ignore[arg-type]
    second = save(draw(), tmp_path / "two", "line")  # type: ignore[arg-type]
    assert [file.name for file in first] == ["line.png", "line.svg"]
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()


def test_text_of_an_svg_stays_text(tmp_path: Path) -> None:
    figure = new_figure(2, 2)
    figure.subplots().set_xlabel("supervision budget")
    assert "supervision budget" in save(figure, tmp_path, "named")[1].read_text("utf-8")


def test_the_style_ends_with_its_block() -> None:
    before = mpl.rcParams["font.size"]
    with style():
        assert mpl.rcParams["font.size"] == 9
    assert mpl.rcParams["font.size"] == before


def test_nothing_is_kept_by_pyplot() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    draw()
    assert pyplot.get_fignums() == []
