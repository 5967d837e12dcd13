"""Sanity: how often a task's own network beats the best constant guess, and a readout on random features.

A target whose own network does not was not learned, and no transfer into it means anything. Taskonomy's own
networks win against the best guess ("avg") on 92.4 % and against the readout on random features on 90.9 %
of the test images on average (Zamir et al., "Taskonomy", CVPR 2018, section 4, table 1).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.analysis.contests import Contest, contests
from taskaffinity.analysis.tables import checked_losses
from taskaffinity.analysis.tournament import shares_against
from taskaffinity.analysis.win_rates import has_diverged
from taskaffinity.names import CONSTANT, RANDOM, RESERVED, SELF

OPPONENTS = (CONSTANT, RANDOM)


def sanity_record(contests: Iterable[Contest]) -> dict[str, Any]:
    """Return the sanity record of a run.

    Parameters
    ----------
    contests
        One per target.

    Returns
    -------
    dict
        ``{"mean": {"constant": …, "random": …}, "targets": [{"target": …, "constant": …, "random": …,
        "images": …}]}``, as ``docs/formats.md`` describes it. Win rates in [0, 1], ties count half; None
        where one of the two was not measured, they share no image, or the opponent diverged. ``images``
        are those on which the target's own network has a loss. Means are over the targets that have the rate.
    """
    targets = [_of_target(contest) for contest in contests]
    rates = {name: [row[name] for row in targets if row[name] is not None] for name in OPPONENTS}
    mean = {name: float(np.mean(values)) if values else None for name, values in rates.items()}
    return {"mean": mean, "targets": targets}


def _of_target(contest: Contest) -> dict[str, Any]:
    losses, ones = contest.averaged(), np.ones((1, len(contest.images)))
    own = _largest(contest, SELF)
    record: dict[str, Any] = {"target": contest.target}
    for name in OPPONENTS:
        other = _largest(contest, name)
        record[name] = None
        if own is not None and other is not None and not has_diverged(contest, other):
            rate = float(shares_against(losses[own : own + 1], losses[other], ones)[0, 0])
            record[name] = None if np.isnan(rate) else rate
    record["images"] = 0 if own is None else int((~np.isnan(losses[own])).sum())
    return record


def _largest(contest: Contest, sources: str) -> int | None:
    """Return the position of a reserved name, at its largest size."""
    return next(reversed(contest.positions(sources).values()), None)


def wins_over_random(losses: pd.DataFrame) -> pd.DataFrame:
    """Return how often readouts on each source beat readouts on random features.

    Parameters
    ----------
    losses
        A losses table.

    Returns
    -------
    DataFrame
        Columns ``target``, ``sources``, ``wins`` (share of test images in [0, 1], ties count half) and
        ``images`` that both have a loss on. No row where random features were not measured or diverged, or
        the two share no image. A source set that was tried at several transfer sizes is held against random
        features at its largest.
    """
    parts = [_over_random(contest) for contest in contests(checked_losses(losses))]
    columns = ["target", "sources", "wins", "images"]
    return pd.DataFrame([row for part in parts for row in part], columns=columns)


def _over_random(contest: Contest) -> list[tuple[str, str, float, int]]:
    losses, ones = contest.averaged(), np.ones((1, len(contest.images)))
    other = _largest(contest, RANDOM)
    if other is None or has_diverged(contest, other):
        return []
    names = sorted({transfer.sources for transfer in contest.transfers} - set(RESERVED))
    places = [place for name in names if (place := _largest(contest, name)) is not None]
    rates = shares_against(losses[places], losses[other], ones)[0]
    shared = (~np.isnan(losses[places]) & ~np.isnan(losses[other])).sum(axis=1)
    rows = zip(names, rates.tolist(), shared.tolist(), strict=True)
    return [(contest.target, name, rate, images) for name, rate, images in rows if images]
