"""How the images of one example are drawn: the names that a task can give, and what each asks of the data.

The drawing of ours is in `taskaffinity.data.grouping`; a task file can bring a grouping of its own.
"""

import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from taskaffinity.errors import TaskError

if TYPE_CHECKING:
    from taskaffinity.data.views import Views

GEOMETRY = ("depth", "pose", "intrinsics")

Example = tuple[int, ...]
"""The members of one example: positions in a batch of views, the first of which names the example."""

Turn = tuple[int, np.random.Generator]
"""The member that begins an example, and the generator that its partners are drawn with."""

Draw = Callable[["Views", Sequence[Turn]], Iterable[Example]]


@dataclass(frozen=True)
class Grouping:
    """One way of drawing examples.

    Attributes
    ----------
    images
        Views in one example, from 1.
    needs
        The channels that the drawing reads.
    draw
        ``draw(views, turns)`` yields the examples of one scene, or of a part of it: for each turn at most
        one, of `images` different members, the turn's member first. It draws from the generator of the turn
        alone, so that the same views always give the same examples. None for those that are ours.
    name
        What the grouping is called; its examples are seeded by it.

    Raises
    ------
    TaskError
        `images` is below 1, or a grouping with a `draw` has no name or one of ours.
    """

    images: int
    needs: tuple[str, ...] = ()
    draw: Draw | None = None
    name: str = ""

    def __post_init__(self) -> None:
        if self.images < 1:
            raise TaskError(f"a grouping has {self.images} images; give at least 1")
        if self.draw is not None and (not self.name or self.name in GROUPINGS):
            raise TaskError(f"a grouping of your own needs a name that is not ours; {self.name!r} is not one")


GROUPINGS: dict[str, Grouping] = {
    "single": Grouping(1),
    "fixated": Grouping(2, GEOMETRY),
    "nonfixated": Grouping(2, GEOMETRY),
    "matching": Grouping(2, GEOMETRY),
    "triplet": Grouping(3, GEOMETRY),
    "temporal": Grouping(3, ("time",)),
}


def drawn_by(grouping: Grouping, views: "Views", turns: Sequence[Turn]) -> Iterator[Example]:
    """Draw the examples of a user's own grouping, each of them checked.

    Parameters
    ----------
    grouping
        One with a `draw`.
    views
        A batch of views of one scene.
    turns
        Whose turn it is, one after the other.

    Yields
    ------
    tuple
        Positions in `views`.

    Raises
    ------
    TaskError
        `draw` raised, or gave something that is not an example.
    """
    assert grouping.draw is not None
    where = f"grouping {grouping.name!r}"
    try:
        examples = [tuple(map(operator.index, example)) for example in grouping.draw(views, turns)]
    except TaskError:
        raise
    except Exception as error:
        raise TaskError(f"{where}: {type(error).__name__}: {error}") from error
    turns_left = Counter(first for first, _ in turns)
    for example in examples:
        if len(example) != grouping.images or len(set(example)) < len(example):
            raise TaskError(f"{where} drew {example}; an example is {grouping.images} different members")
        if not all(0 <= member < len(views) for member in example):
            raise TaskError(f"{where} drew {example}; members are 0 to {len(views) - 1}")
        turns_left[example[0]] -= 1
        if turns_left[example[0]] < 0:
            raise TaskError(f"{where} drew {example}; each turn begins at most one example, its member first")
    yield from examples
