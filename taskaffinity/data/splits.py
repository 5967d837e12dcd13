"""The four splits: disjoint by scene, drawn from a seed, in each domain by itself."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from taskaffinity.data.views import ViewId
from taskaffinity.errors import DataError

SPLITS = ("source", "transfer", "validation", "test")
GIVEN: Mapping[tuple[str, ...], Mapping[str, Sequence[str]]] = {
    ("test", "train", "val"): {"train": ("source", "transfer"), "val": ("validation",), "test": ("test",)},
    ("train", "val"): {"train": ("source", "transfer"), "val": ("validation", "test")},
    ("test", "train"): {"train": ("source", "transfer", "validation"), "test": ("test",)},
}
"""What the parts of a data set are drawn into, by which parts there are: nothing held out is trained on."""


def split_rows(
    ids: Sequence[ViewId], shares: Mapping[str, float], seed: int, given: Mapping[str, str] | None = None
) -> dict[str, np.ndarray]:
    """Give every scene to one split, so that the splits hold their shares of the scenes of each domain.

    Parameters
    ----------
    ids
        The identity of each row.
    shares
        The share of each split in `SPLITS`; they sum to 1.
    seed
        Seed of the draw.
    given
        The part of each scene where the data set has parts of its own, ``train``, ``val`` or ``test``; they
        are drawn into splits as `GIVEN` says, by their shares.

    Returns
    -------
    dict
        Sorted int64 rows by split; together all rows, no scene in two splits.

    Raises
    ------
    DataError
        There are fewer scenes than splits, in all, in a domain or in a part.
    """
    owner: dict[str, str] = {}
    for domain in sorted({view.domain for view in ids}):
        scenes = sorted({view.scene for view in ids if view.domain == domain})
        try:
            owner |= _owners(
                scenes, shares, seed, {s: part for s in scenes if (part := (given or {}).get(s))}
            )
        except DataError as error:
            raise DataError(f"domain {domain}: {error}" if domain else str(error)) from None
    of_row = np.array([owner[view.scene] for view in ids])
    return {name: np.flatnonzero(of_row == name) for name in SPLITS}


def _owners(
    scenes: Sequence[str], shares: Mapping[str, float], seed: int, given: Mapping[str, str]
) -> dict[str, str]:
    """Give every scene of one domain to a split."""
    owner: dict[str, str] = {}
    for part, splits in _parts(scenes, given).items():
        members = [scene for scene in scenes if not given or given[scene] == part]
        owner |= _draw(members, splits, shares, seed, part)
    return owner


def _parts(scenes: Sequence[str], given: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """Say which splits each part is drawn into."""
    if not given:
        return {"": SPLITS}
    there = tuple(sorted({given[scene] for scene in scenes}))
    if there not in GIVEN:
        raise DataError(f"the data have the parts {', '.join(there)}; train and val or test are needed")
    return GIVEN[there]


def _draw(
    scenes: Sequence[str], splits: Sequence[str], shares: Mapping[str, float], seed: int, part: str
) -> dict[str, str]:
    """Draw scenes into some splits by their shares of one another."""
    if len(scenes) < len(splits):
        raise DataError(
            f"{len(scenes)} {part + ' ' if part else ''}scenes cannot make {len(splits)} disjoint splits; "
            "give more images (or, for a sequence, a shorter data.stretch)"
        )
    total = sum(shares[name] for name in splits)
    bounds = _bounds([shares[name] / total for name in splits], len(scenes))
    order = np.random.default_rng([seed, len(scenes)]).permutation(len(scenes))
    return {
        scenes[scene]: name
        for name, (start, stop) in zip(splits, pairwise(bounds), strict=True)
        for scene in order[start:stop]
    }


def _bounds(shares: Sequence[float], scenes: int) -> list[int]:
    """Cut `scenes` in parts near the shares, each with at least one scene."""
    bounds = np.rint(np.cumsum([0.0, *shares]) * scenes).astype(int)
    bounds[-1] = scenes
    for part in range(1, len(bounds)):
        bounds[part] = max(bounds[part], bounds[part - 1] + 1)
    for part in range(len(bounds) - 2, 0, -1):
        bounds[part] = min(bounds[part], scenes - (len(bounds) - 1 - part))
    return [int(bound) for bound in bounds]
