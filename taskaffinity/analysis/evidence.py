"""Which comparisons the images of a losses table allow, and which remain unknown.

Two transfers are compared on the test images on which both have a loss. If there are none, the two are not
compared, and no win rate is made up. A tournament needs a chain of compared pairs between any two transfers;
otherwise there is no common scale.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.sparse.csgraph import connected_components

from taskaffinity.analysis.contests import Contest
from taskaffinity.analysis.tournament import shared_images
from taskaffinity.analysis.win_rates import REFERENCE, has_diverged, opponent_of, win_rates
from taskaffinity.errors import TableError
from taskaffinity.names import CONSTANT, shown

SHOWN = 3  # transfers and images that an error names of each part


@dataclass(frozen=True)
class Unknown:
    """Something that the losses do not say.

    Attributes
    ----------
    target
        Of what.
    what
        ``affinity``, ``gain`` or ``quality``.
    sources
        The transfers that it is unknown of, as source sets.
    why
        The reason, in words.
    """

    target: str
    what: str
    sources: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        return f"{shown(self.target)}: {self.what} unknown of {_few(self.sources)}: {self.why}"

    def record(self) -> dict[str, object]:
        """Return plain values."""
        return {**asdict(self), "sources": list(self.sources)}


def require_comparable(contest: Contest) -> None:
    """Raise where the transfers into a target fall into parts that share no test image.

    Raises
    ------
    TableError
        Names the parts, with transfers and images of each.
    """
    competitors = contest.competitors()
    parts = _parts(contest, competitors)
    if len(parts) < 2:
        return
    parts.sort(key=len)
    said = "; ".join(_described(contest, part) for part in (parts[0], parts[-1]))
    more = f" (of {len(parts)} parts)" if len(parts) > 2 else ""
    raise TableError(
        f"target {shown(contest.target)!r}: its transfers share no test image, so nothing tells which is "
        f"better: {said}{more}; give the same image the same name, or leave one part out"
    )


def unknowns(contest: Contest) -> Iterator[Unknown]:
    """Yield what the losses on one target leave unknown, though it was measured."""
    losses, competitors = contest.averaged(), contest.competitors()
    if len(competitors) > 1:
        apart = shared_images(losses[competitors]) == 0
        if apart.any():
            alone = [contest.transfers[competitors[i]].sources for i in np.flatnonzero(apart.any(axis=1))]
            pairs = int(np.triu(apart, 1).sum())
            why = f"{pairs} pairs share no test image; the others decide"
            yield Unknown(contest.target, "part of the comparison", _unique(alone), why)
        if all(has_diverged(contest, int(position)) for position in competitors):
            every = [contest.transfers[position].sources for position in competitors]
            yield Unknown(contest.target, "affinity", _unique(every), "all of them diverged")
    for kind in REFERENCE:
        yield from _unknown_rates(contest, losses, kind)


def _unknown_rates(contest: Contest, losses: np.ndarray, kind: str) -> Iterator[Unknown]:
    """Yield why gains or qualities are unknown of transfers whose reference was measured."""
    reference = REFERENCE[kind]
    rates = win_rates(contest, losses, kind, np.ones((1, len(contest.images))))[0]
    reasons: dict[str, list[str]] = {}
    for position, transfer in enumerate(contest.transfers):
        opponent = opponent_of(contest, transfer, reference)
        if opponent is None or transfer.sources == CONSTANT or not np.isnan(rates[position]):
            continue
        diverged = has_diverged(contest, opponent)
        why = f"{reference!r} diverged" if diverged else f"no test image in common with {reference!r}"
        reasons.setdefault(why, []).append(transfer.sources)
    for why, sources in reasons.items():
        yield Unknown(contest.target, kind, _unique(sources), why)


def _parts(contest: Contest, competitors: np.ndarray) -> list[list[int]]:
    """Part the transfers by which of them are compared, directly or through others."""
    there = ~np.isnan(contest.losses[:, competitors]).all(axis=0)
    if not len(there) or there.all(axis=0).any():  # an image on which all have a loss
        return [competitors.tolist()]
    compared = shared_images(np.where(there, 0.0, np.nan)) > 0
    _, labels = connected_components(compared, directed=False)
    return [competitors[labels == label].tolist() for label in np.unique(labels)]


def _described(contest: Contest, part: Sequence[int]) -> str:
    """Name transfers and the images they have losses on."""
    labelled = ~np.isnan(contest.losses[:, list(part)]).all(axis=(0, 1))
    images = [contest.images[place] for place in np.flatnonzero(labelled)]
    names = _unique(contest.transfers[position].sources for position in part)
    return f"{_few(names)} on {_few(images)}"


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _few(names: Sequence[str]) -> str:
    """List the first few names."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(map(shown, names[:SHOWN])) + more
