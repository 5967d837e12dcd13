"""From a losses table to everything that was measured: performance, affinities, gain, quality, sanity.

Losses are averaged over training seeds, image by image, before anything else. A source set at two transfer
sizes is two transfers. ``self`` and ``random`` take part in the tournament of their target; ``scratch`` and
``constant`` do not (`taskaffinity.analysis.contests.BYSTANDERS` says why).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.analysis.ahp import priorities
from taskaffinity.analysis.bootstrap import Draws, Resamples, resample
from taskaffinity.analysis.bradley_terry import rank_agreement, strengths
from taskaffinity.analysis.contests import Contest, contests, without_single_size
from taskaffinity.analysis.evidence import Unknown, require_comparable, unknowns
from taskaffinity.analysis.normalise import AHP, affinities_of
from taskaffinity.analysis.sanity import sanity_record
from taskaffinity.analysis.tables import checked_losses, write_table
from taskaffinity.analysis.tournament import win_shares
from taskaffinity.analysis.win_rates import known_win_rates
from taskaffinity.errors import TableError


@dataclass(frozen=True)
class Analysis:
    """What a losses table says. One row per transfer, by target and then by sources.

    Every frame begins with ``target`` and ``sources``, and has ``transfer_size`` where that tells two
    transfers apart. ``low`` and ``high`` bound the 95 % bootstrap interval; NaN where none was drawn.

    Attributes
    ----------
    performance
        ``loss``, the mean over the test images that have one, lower is better; ``images``, their number;
        ``diverged``, whether any loss is infinite.
    affinities
        ``affinity`` in (0, 1), summing to 1 for each target; ``low``, ``high``.
    gain, quality
        Win rates in [0, 1] against ``scratch`` and ``self``; ``low``, ``high``. No row where a rate is not
        known: the reference was not measured or diverged, or the two share no image.
    consistency
        One row per target: ``transfers`` in the tournament, ``consistency_index`` and ``consistency_ratio``
        (Saaty's; 0 is consistent), ``tau`` between the orders of AHP and Bradley–Terry, and whether they have
        the ``same_best``.
    sanity
        As ``docs/formats.md`` describes sanity.json.
    unknown
        What the losses leave unknown, though it was measured.
    resamples
        What the bounds were drawn from; None where none was.
    """

    performance: pd.DataFrame
    affinities: pd.DataFrame
    gain: pd.DataFrame
    quality: pd.DataFrame
    consistency: pd.DataFrame
    sanity: dict[str, Any]
    unknown: tuple[Unknown, ...]
    resamples: Resamples | None

    def write(self, folder: Path) -> None:
        """Write the tables as CSV and the sanity record as JSON, by the names of ``docs/formats.md``.

        A table without rows is not written, and one from an earlier analysis is removed.
        """
        from taskaffinity.runs.folder import RunFolder

        for name in ("performance", "affinities", "gain", "quality", "consistency"):
            table, file = getattr(self, name), Path(folder) / f"{name}.csv"
            if table.empty:
                file.unlink(missing_ok=True)
            else:
                write_table(table, file)
        RunFolder(Path(folder)).write_json("sanity.json", self.sanity)


def analyse(losses: pd.DataFrame, resamples: int = 200, seed: int = 0, normaliser: str = AHP) -> Analysis:
    """Analyse a losses table.

    Parameters
    ----------
    losses
        A losses table; see ``docs/formats.md``.
    resamples
        Bootstrap resamples for the intervals; 0 for none.
    seed
        Seed of the bootstrap, from 0.
    normaliser
        What makes affinities of the tournament: ``ahp`` or ``bradley-terry``.

    Returns
    -------
    Analysis

    Raises
    ------
    TableError
        The table cannot be used, holds no loss at all, or has transfers into a target that share no image.
    InputError
        `resamples`, `seed` or `normaliser` is out of range.
    """
    measured = list(contests(checked_losses(losses)))
    held = [contest for contest in measured if len(contest.competitors())]
    if not held:
        raise TableError("losses: no transfer has a loss on any image; check the column 'loss'")
    for contest in held:
        require_comparable(contest)
    drawn = resample(measured, resamples, seed, normaliser) if resamples else None
    tournaments = [(contest, _tournament(contest)) for contest in held]
    return Analysis(
        performance=_stacked([_performance(contest) for contest in measured]),
        affinities=_bounded([_affinities(*one, normaliser) for one in tournaments], drawn, "affinity"),
        gain=_bounded([_rates(contest, "gain") for contest in measured], drawn, "gain"),
        quality=_bounded([_rates(contest, "quality") for contest in measured], drawn, "quality"),
        consistency=pd.DataFrame([_consistency(*one) for one in tournaments]),
        sanity=sanity_record(measured),
        unknown=tuple(one for contest in measured for one in unknowns(contest)),
        resamples=drawn,
    )


def _performance(contest: Contest) -> pd.DataFrame:
    """Return the mean losses on one target."""
    losses = contest.averaged()
    there = ~np.isnan(losses)
    images = there.sum(axis=1)
    total = np.where(there, losses, 0.0).sum(axis=1)
    mean = np.divide(total, images, out=np.full(len(losses), np.nan), where=images > 0)
    rows = contest.rows(range(len(losses)))
    return rows.assign(loss=mean, images=images, diverged=np.isinf(losses).any(axis=1))


def _tournament(contest: Contest) -> np.ndarray:
    """Return W of those who take part."""
    return win_shares(contest.averaged()[contest.competitors()])


def _affinities(contest: Contest, shares: np.ndarray, normaliser: str) -> pd.DataFrame:
    rows = contest.rows(contest.competitors())
    return rows.assign(affinity=affinities_of(shares[None], normaliser)[0])


def _rates(contest: Contest, kind: str) -> pd.DataFrame:
    positions, rates = known_win_rates(contest, kind)
    return contest.rows(positions).assign(**{kind: rates})


def _consistency(contest: Contest, shares: np.ndarray) -> dict[str, object]:
    """Say how consistent one tournament is, and whether Bradley–Terry orders it as AHP does."""
    ahp = priorities(shares)
    agreement = rank_agreement(ahp.affinities, strengths(shares))
    return {
        "target": contest.target,
        "transfers": len(shares),
        "consistency_index": ahp.consistency_index,
        "consistency_ratio": ahp.consistency_ratio,
        "tau": agreement.tau,
        "same_best": agreement.same_best,
    }


def _stacked(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put the tables of all targets on top of one another."""
    return without_single_size(pd.concat(parts, ignore_index=True))


def _bounded(parts: Sequence[pd.DataFrame], drawn: Resamples | None, name: str) -> pd.DataFrame:
    """Put the tables of all targets on top of one another, with the bounds of their bootstrap."""
    table = _stacked(parts)
    if drawn is None:
        return table.assign(low=np.nan, high=np.nan)
    draws: Draws = getattr(drawn, name)
    return pd.concat([table, draws.bounds()], axis=1)
