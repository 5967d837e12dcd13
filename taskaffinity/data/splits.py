"""The four splits: disjoint by scene, drawn from a seed."""

from collections.abc import Mapping, Sequence

import numpy as np

from taskaffinity.data.views import ViewId
from taskaffinity.errors import DataError

SPLITS = ("source", "transfer", "validation", "test")


def split_rows(ids: Sequence[ViewId], shares: Mapping[str, float], seed: int) -> dict[str, np.ndarray]:
    """Give every scene to one split, so that the splits hold their shares of the scenes.

    Parameters
    ----------
    ids
        The identity of each row.
    shares
        The share of each split in `SPLITS`; they sum to 1.
    seed
        Seed of the draw.

    Returns
    -------
    dict
        Sorted int64 rows by split; together all rows, no scene in two splits.

    Raises
    ------
    DataError
        There are fewer scenes than splits.
    """
    scenes = sorted({view.scene for view in ids})
    if len(scenes) < len(SPLITS):
        raise DataError(
            f"{len(scenes)} scenes cannot make {len(SPLITS)} disjoint splits; "
            "give more images (or, for a sequence, a shorter data.stretch)"
        )
    order = np.random.default_rng([seed, len(scenes)]).permutation(len(scenes))
    bounds = _bounds([shares[name] for name in SPLITS], len(scenes))
    owner = np.empty(len(scenes), np.int64)
    for split, (start, stop) in enumerate(zip(bounds[:-1], bounds[1:], strict=True)):
        owner[order[start:stop]] = split
    position = {scene: number for number, scene in enumerate(scenes)}
    of_row = owner[[position[view.scene] for view in ids]]
    return {name: np.flatnonzero(of_row == number) for number, name in enumerate(SPLITS)}


def _bounds(shares: Sequence[float], scenes: int) -> list[int]:
    """Cut `scenes` in parts near the shares, each with at least one scene."""
    bounds = np.rint(np.cumsum([0.0, *shares]) * scenes).astype(int)
    bounds[-1] = scenes
    for part in range(1, len(bounds)):
        bounds[part] = max(bounds[part], bounds[part - 1] + 1)
    for part in range(len(bounds) - 2, 0, -1):
        bounds[part] = min(bounds[part], scenes - (len(bounds) - 1 - part))
    return [int(bound) for bound in bounds]
