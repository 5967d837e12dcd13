"""Examples of several images: which views of a scene are seen together.

Every view is the first of at most one example a round, and all views of an example belong to one scene, so
that examples of different splits have nothing in common. Views without partners are left out. A draw depends
on the data, the rows and the seed alone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import numpy as np

from taskaffinity.data.keep import DataSet
from taskaffinity.data.overlap import Cameras, centre_offset, moved, overlap
from taskaffinity.data.poses import same_way
from taskaffinity.data.views import Views
from taskaffinity.errors import DataError
from taskaffinity.groupings import GROUPINGS, Draw, Example, Grouping, Turn, drawn_by

CENTRAL = 0.25  # of the side: how far from the second image's centre the fixated point may lie
SHARED = 0.15  # of the image: what overlapping views have in common at the least
SAME, DIFFERENT = 0.15, 0.25  # of the side: centres that surely match, and that surely do not
NEIGHBOURHOOD = 48  # views of a scene that partners are looked for in; a building may have thousands
WINDOW = 12  # views of a track, before and after, that order is asked about


def group_rows(
    data: DataSet, rows: np.ndarray, grouping: str | Grouping, seed: int, rounds: int = 1
) -> np.ndarray:
    """Draw the examples of one split.

    Parameters
    ----------
    data
        The data set.
    rows
        int64 (N,), the rows of the split.
    grouping
        A name of `taskaffinity.groupings.GROUPINGS`: ``single``; ``fixated`` pairs, whose centres show nearly
        the same point; ``nonfixated`` pairs, which overlap but look elsewhere; ``matching`` pairs, in half of
        which the centres show the same point; ``triplet``, a chain of three overlapping views; ``temporal``,
        three views of one track, half of them in the order of time. Or a `Grouping` of a user's own.
    seed
        Seed of the draw; the same rows and seed give the same examples.
    rounds
        How often partners are drawn for each view; an example may come more than once.

    Returns
    -------
    ndarray
        int64 (M, images), M at most N a round. In one round the first column names the example.

    Raises
    ------
    DataError
        The grouping is unknown.
    TaskError
        A user's own grouping drew an example that is none.
    """
    if grouping == "single":
        return rows[:, None]
    draw, wanted = _draw_of(grouping)
    examples = [
        [here[member] for member in example]
        for here in _neighbourhoods(data, rows)
        for example in draw(data.read(here, wanted.needs), _turns(here, seed, rounds))
    ]
    return np.array(examples, np.int64).reshape(-1, wanted.images)


def _draw_of(grouping: str | Grouping) -> tuple[Draw, Grouping]:
    """Return what draws the examples of a grouping, and the grouping."""
    if isinstance(grouping, Grouping):
        return partial(drawn_by, grouping), grouping
    if grouping not in GROUPINGS:
        raise DataError(f"unknown grouping {grouping!r}; there are {', '.join(GROUPINGS)}")
    return DRAWS[grouping], GROUPINGS[grouping]


def _neighbourhoods(data: DataSet, rows: np.ndarray) -> Iterator[np.ndarray]:
    """Cut the rows by scene, and large scenes into runs of views that were taken after one another."""
    scenes: dict[str, list[int]] = {}
    for row in rows:
        scenes.setdefault(data.ids[row].scene, []).append(int(row))
    for members in scenes.values():
        parts = -(-len(members) // NEIGHBOURHOOD)
        yield from (part for part in np.array_split(np.array(members, np.int64), parts) if len(part) > 1)


def _choose(candidates: np.ndarray, rng: np.random.Generator) -> int:
    return int(candidates[rng.integers(len(candidates))])


def _turns(rows: np.ndarray, seed: int, rounds: int) -> list[Turn]:
    """Give every view its turn in every round."""
    return [
        (member, np.random.default_rng([seed, number, int(row)]))
        for number in range(rounds)
        for member, row in enumerate(rows)
    ]


def all_pairs(views: Views, measure: Callable[[Cameras, np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Measure every ordered pair of M views: (M, M)."""
    cameras = Cameras.of(views)
    first, second = (index.ravel() for index in np.indices((len(cameras), len(cameras))))
    return measure(cameras, first, second).reshape(len(cameras), len(cameras))


def fixated(views: Views) -> np.ndarray:
    """Tell which views look at the centre of which, from another pose: bool (M, M)."""
    with np.errstate(invalid="ignore"):
        return (all_pairs(views, centre_offset) < CENTRAL) & all_pairs(views, _comparable)


def linked(views: Views) -> np.ndarray:
    """Tell which views overlap, each seeing enough of the other from another pose: bool (M, M), symmetric."""
    shared = all_pairs(views, overlap)
    return (np.minimum(shared, shared.T) >= SHARED) & all_pairs(views, _comparable)


def _comparable(cameras: Cameras, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Tell whether two views look the same way from different poses: bool (K,)."""
    return moved(cameras, first, second) & same_way(cameras.pose[first], cameras.pose[second])


def _pairs(allowed: np.ndarray, turns: Sequence[Turn]) -> Iterable[Example]:
    for first, rng in turns:
        partners = np.flatnonzero(allowed[first])
        if len(partners):
            yield first, _choose(partners, rng)


def fixated_pairs(views: Views, turns: Sequence[Turn]) -> Iterable[Example]:
    """Pair each view with one that sees the point at its centre near its own."""
    return _pairs(fixated(views), turns)


def nonfixated_pairs(views: Views, turns: Sequence[Turn]) -> Iterable[Example]:
    """Pair each view with one that overlaps with it, neither looking at the centre of the other."""
    centred = fixated(views)
    return _pairs(linked(views) & ~centred & ~centred.T, turns)


def triplets(views: Views, turns: Sequence[Turn]) -> Iterable[Example]:
    """Draw chains of three views, each overlapping with the next, all from different poses."""
    near, apart = linked(views), all_pairs(views, moved)
    for first, rng in turns:
        seconds = [j for j in np.flatnonzero(near[first]) if (near[j] & apart[first]).any()]
        if seconds:
            second = _choose(np.array(seconds), rng)
            yield first, second, _choose(np.flatnonzero(near[second] & apart[first]), rng)


def matching_pairs(views: Views, turns: Sequence[Turn]) -> Iterable[Example]:
    """Draw as many pairs whose centres show the same point as pairs whose centres do not.

    A pair is the same where each centre is within `SAME` of the other's, different where neither is within
    `DIFFERENT`; what lies between is not asked about. Negatives come from the same scene, seen by the same
    lights.
    """
    offset, apart = all_pairs(views, centre_offset), all_pairs(views, moved)
    projected = np.isfinite(offset) | np.isinf(offset)
    usable = projected & projected.T & apart
    with np.errstate(invalid="ignore"):
        same = usable & (np.maximum(offset, offset.T) < SAME)
        different = usable & (np.minimum(offset, offset.T) > DIFFERENT)
    return _balanced(same, different, turns)


def _balanced(yes: np.ndarray, no: np.ndarray, turns: Sequence[Turn]) -> list[Example]:
    """Pair each view by one of two relations, so that both hold for equally many pairs."""
    sides: tuple[list[Example], list[Example]] = ([], [])
    choices = (yes | no).sum(axis=1)
    for first, rng in sorted(turns, key=lambda turn: choices[turn[0]]):
        options = [np.flatnonzero(relation[first]) for relation in (yes, no)]
        wanted = int(len(sides[0]) > len(sides[1]))  # the side that has fewer
        side = wanted if len(options[wanted]) else 1 - wanted
        if len(options[side]):
            sides[side].append((first, _choose(options[side], rng)))
    count = min(map(len, sides))
    return sorted(sides[0][:count] + sides[1][:count])


def temporal_triplets(views: Views, turns: Sequence[Turn]) -> Iterable[Example]:
    """Draw three views of a track, half of them in the order of time (forwards or backwards), half not.

    Misra et al. (2016), section 3.1: neither direction of time is wrong, so that three frames are out of
    order where the second does not lie between the others. A track is the views of a scene that have the same
    number.
    """
    tracks = _tracks(views)
    for first, rng in turns:
        track = tracks.get(views.ids[first].view, np.empty(0, np.int64))
        places = np.flatnonzero(track == first)
        if len(places):
            place = int(places[0])
            near = np.arange(max(0, place - WINDOW), min(len(track), place + WINDOW + 1))
            b, c = (g.ravel() for g in np.meshgrid(near, near, indexing="ij"))
            fine = (b != place) & (c != place) & (b != c)
            between = (b - place) * (c - b) > 0
            options = np.flatnonzero(fine & (between if rng.integers(2) else ~between))
            if len(options):
                pick = _choose(options, rng)
                yield first, int(track[b[pick]]), int(track[c[pick]])


def _tracks(views: Views) -> dict[int, np.ndarray]:
    """Order the views of each number by time, one a moment: members by number."""
    time, number = views["time"], np.array([view.view for view in views.ids])
    tracks = {}
    for one in np.unique(number):
        members = np.flatnonzero(number == one)
        tracks[int(one)] = members[np.unique(time[members], return_index=True)[1]]
    return tracks


DRAWS: dict[str, Draw] = {
    "fixated": fixated_pairs,
    "nonfixated": nonfixated_pairs,
    "matching": matching_pairs,
    "triplet": triplets,
    "temporal": temporal_triplets,
}
