"""The slide: input, truth, and what each network made of it, side by side for a few test images."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskaffinity.plots.drawing import new_figure, style
from taskaffinity.plots.paint import Picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELL = 1.25  # inches


@dataclass(frozen=True)
class Column:
    """One column of a slide.

    Attributes
    ----------
    heading
        What it shows.
    detail
        More of it, such as the source of a transfer.
    pictures
        One per test image.
    losses
        Loss of each picture, or None for input and truth.
    """

    heading: str
    detail: str
    pictures: list[Picture]
    losses: list[float] | None = None


@dataclass(frozen=True)
class SlideInfo:
    """The pictures of one target: `images` are the identities of the test images, the rows."""

    target: str
    title: str
    metric: str
    images: list[str]
    columns: list[Column]


def plot_slide(info: SlideInfo) -> "Figure":
    """Draw it: a row a test image; under each prediction its loss."""
    rows, columns = len(info.images), len(info.columns)
    with style():
        figure = new_figure(CELL * columns + 0.2, (CELL + 0.28) * rows + 0.9)
        grid = figure.subplots(rows, columns, squeeze=False)
        for column, axes in zip(info.columns, grid.T, strict=True):
            heading = f"{column.heading}\n{column.detail}"
            axes[0].set_title(heading, fontsize=8.5, loc="center", fontweight="normal")
            for row, place in enumerate(axes):
                _draw_picture(place, column.pictures[row])
                words = [] if column.losses is None else [f"{column.losses[row]:.3g}"]
                if column.pictures[row].pixels is not None and column.pictures[row].text:
                    words.insert(0, column.pictures[row].text)
                place.set_xlabel("\n".join(words), fontsize=7.5, labelpad=2)
        figure.suptitle(f"{info.title}  ({info.metric})", x=0.01, ha="left", fontsize=10, fontweight="bold")
    return figure


def _draw_picture(axes: "Axes", picture: Picture) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    if picture.pixels is not None:
        axes.imshow(picture.pixels, interpolation="nearest")
    else:
        axes.set_facecolor("#f2f3f5")
        axes.text(0.5, 0.5, picture.text, ha="center", va="center", fontsize=7.5, transform=axes.transAxes)
        axes.set_box_aspect(1)
