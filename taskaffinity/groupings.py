"""How the images of one example are drawn: the names that a task can give, and what each asks of the data.

The drawing itself is in `taskaffinity.data.grouping`.
"""

from dataclasses import dataclass

GEOMETRY = ("depth", "pose", "intrinsics")


@dataclass(frozen=True)
class Grouping:
    """One way of drawing examples.

    Attributes
    ----------
    images
        Views in one example.
    needs
        The channels that the drawing reads.
    """

    images: int
    needs: tuple[str, ...] = ()


GROUPINGS: dict[str, Grouping] = {
    "single": Grouping(1),
    "fixated": Grouping(2, GEOMETRY),
    "nonfixated": Grouping(2, GEOMETRY),
    "matching": Grouping(2, GEOMETRY),
    "triplet": Grouping(3, GEOMETRY),
    "temporal": Grouping(3, ("time",)),
}
