"""Every colour of figures and report; the same colour for a group everywhere.

The colours of groups are Okabe and Ito's ("Color Universal Design", 2008), which stay apart for people with
any of the common colour deficiencies; their sky blue is darker here, to stand out on white.
Gain and quality have two more, apart from those of the groups.
"""

from typing import NamedTuple

GROUPS = ("2D", "3D", "geometric", "semantic", "self-supervised", "reference")


class Pair(NamedTuple):
    """A colour, and the colour of text on it."""

    fill: str
    ink: str


GROUP_COLOURS: dict[str, Pair] = {
    "2D": Pair("#0072b2", "#ffffff"),
    "3D": Pair("#d55e00", "#111111"),
    "geometric": Pair("#009e73", "#111111"),
    "semantic": Pair("#cc79a7", "#111111"),
    "self-supervised": Pair("#3897d6", "#111111"),
    "reference": Pair("#767676", "#ffffff"),
}
OTHER = Pair("#767676", "#ffffff")
GROUP_TITLES = {
    "2D": "2D",
    "3D": "3D",
    "geometric": "Geometric",
    "semantic": "Semantic",
    "self-supervised": "Self-supervised",
    "reference": "Reference",
}

GAIN = "#6a4c93"
QUALITY = "#9c6b00"
RANDOM_BAND = "#8a8f98"
GAIN_ON_DARK = "#b79ced"
QUALITY_ON_DARK = "#e3b341"

# matplotlib's cividis (Nuñez, Anderton and Renslow, 2018), even in lightness for every kind of sight.
SEQUENTIAL_NAME = "cividis"
SEQUENTIAL = (
    "#00224e", "#123570", "#3b496c", "#575d6d", "#707173",
    "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838",
)  # fmt: skip
MISSING = "#d9dce1"


def group_colour(group: str) -> Pair:
    """Return the colour of a group; grey for one that is not in the dictionary."""
    return GROUP_COLOURS.get(group, OTHER)
