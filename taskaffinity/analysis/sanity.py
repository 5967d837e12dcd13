"""Sanity: how often a task's own network beats the best constant guess, and a readout on random features.

A target whose own network does not was not learned, and no transfer into it means anything. Taskonomy's own
networks win against the best guess ("avg") on 92.4 % and against the readout on random features on 90.9 %
of the test images on average (Zamir et al., "Taskonomy", CVPR 2018, section 4, table 1).
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from taskaffinity.analysis.contests import Contest
from taskaffinity.analysis.tournament import shares_against
from taskaffinity.analysis.win_rates import has_diverged
from taskaffinity.names import CONSTANT, RANDOM, SELF

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
