"""What all figures share: a canvas without global state, and files that come out the same each time."""

import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

DPI = 160
STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 11.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#e3e5e9",
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "taskaffinity",
    "text.parse_math": False,  # a dollar sign in a name is no formula
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house style while the block runs; nothing outside of it changes."""
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        yield


def new_figure(width: float, height: float) -> "Figure":
    """Make an empty figure of a size in inches, drawn by Agg."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def files_of(figure: "Figure") -> dict[str, bytes]:
    """Draw a figure as the content of files, by their endings ``.png`` and ``.svg``.

    Both carry no date, so that drawing again gives the same bytes.
    """
    png, svg = io.BytesIO(), io.BytesIO()
    with style():
        figure.savefig(png, format="png", dpi=DPI, facecolor="white", metadata={"Software": None})
        figure.savefig(svg, format="svg", facecolor="white", metadata={"Date": None})
    return {".png": png.getvalue(), ".svg": svg.getvalue()}


def colour_ticks(ticks: "Iterable[Text]", colours: Iterable[str]) -> None:
    """Give each label of an axis the colour of its group."""
    for tick, colour in zip(ticks, colours, strict=True):
        tick.set_color(colour)


def group_legend(figure: "Figure", groups: Iterable[str]) -> None:
    """Explain the colours of groups, in a line below everything."""
    from matplotlib.patches import Patch

    from taskaffinity.plots.palette import GROUP_TITLES, group_colour

    handles = [
        Patch(color=group_colour(group).fill, label=GROUP_TITLES.get(group, group)) for group in groups
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8)
