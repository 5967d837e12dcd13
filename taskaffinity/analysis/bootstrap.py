"""How far affinities, gain and quality would move on other test images: the bootstrap.

Axes: b resamples, s training seeds, n transfers, m test images.

A resample of a target draws m of its m test images with replacement. Where the table has several training
seeds, it also draws s of the s seeds with replacement, the same for every transfer, because a seed is one
repetition of the whole experiment; losses are then averaged over the drawn seeds, image by image. The whole
analysis is done again on each: tournament, affinities, win rates. Bounds are percentiles (Efron and
Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13; for several levels, Davison and Hinkley,
"Bootstrap Methods and their Application", 1997, section 3.8). With two or three seeds the bounds understate
what the seeds contribute.

Targets measured on the same images are resampled together, others independently; likewise for seeds. The
draws of a target depend on the seed of the bootstrap, its images and its training seeds alone, so that
adding a target changes no other, nor does the order of rows.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from taskaffinity.analysis.contests import Contest, contests, without_single_size
from taskaffinity.analysis.evidence import require_comparable
from taskaffinity.analysis.normalise import affinities_of
from taskaffinity.analysis.tables import checked_losses
from taskaffinity.analysis.tournament import weighted_win_shares
from taskaffinity.analysis.win_rates import REFERENCE, known_win_rates, win_rates
from taskaffinity.errors import InputError

LEVEL = 0.95
BYTES = 1 << 27  # win shares kept at a time


@dataclass(frozen=True)
class Draws:
    """One value of every transfer, in every resample.

    Attributes
    ----------
    name
        ``affinity``, ``gain`` or ``quality``: the name of the value's column.
    rows
        N transfers: ``target``, ``sources``, and ``transfer_size`` where it tells two apart.
    values
        float64 (b, N), in [0, 1]; NaN for a win rate in a resample that drew no image which it is known on.
    """

    name: str
    rows: pd.DataFrame
    values: np.ndarray

    def table(self, k: int) -> pd.DataFrame:
        """Return resample `k` as a table, like one that was read from a file; what is unknown is left out."""
        table = self.rows.assign(**{self.name: self.values[k]})
        return table[table[self.name].notna()].reset_index(drop=True)

    def bounds(self, level: float = LEVEL) -> pd.DataFrame:
        """Return the central percentile interval of each row: ``low`` and ``high``.

        Resamples in which a value is unknown say nothing of it; where most are such, so are the bounds: NaN.
        """
        tail = (1.0 - level) / 2.0
        if not self.values.size:
            return pd.DataFrame({"low": [], "high": []}, dtype=float)
        is_known = ~np.isnan(self.values)
        if is_known.all():
            low, high = np.quantile(self.values, [tail, 1.0 - tail], axis=0)
        else:
            bounded = is_known.mean(axis=0) > 0.5
            low, high = np.full((2, self.values.shape[1]), np.nan)
            if bounded.any():
                bounds = np.nanquantile(self.values[:, bounded], [tail, 1.0 - tail], axis=0)
                low[bounded], high[bounded] = bounds
        return pd.DataFrame({"low": low, "high": high})


@dataclass(frozen=True)
class Resamples:
    """A losses table analysed many times over.

    Attributes
    ----------
    count
        Number of resamples.
    affinity, gain, quality
        What they gave. The rows of gain and quality are empty where ``scratch`` or ``self`` was not measured.
    """

    count: int
    affinity: Draws
    gain: Draws
    quality: Draws

    def tables(self, k: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return the tables of affinity, gain and quality of resample `k`, as if they had been measured."""
        return self.affinity.table(k), self.gain.table(k), self.quality.table(k)


def resamples(losses: pd.DataFrame, count: int = 200, seed: int = 0, normaliser: str = "ahp") -> Resamples:
    """Analyse a losses table on resampled test images and training seeds.

    Parameters
    ----------
    losses
        A losses table; see ``docs/formats.md``.
    count
        Number of resamples, from 1.
    seed
        From 0. The same seed and table give the same resamples.
    normaliser
        ``ahp`` or ``bradley-terry``.

    Returns
    -------
    Resamples

    Raises
    ------
    TableError
        The table cannot be used, or transfers into a target share no image.
    InputError
        `count`, `seed` or `normaliser` is out of range.
    """
    return resample(list(contests(checked_losses(losses))), count, seed, normaliser)


def resample(
    measured: Sequence[Contest], count: int = 200, seed: int = 0, normaliser: str = "ahp"
) -> Resamples:
    """Do what `resamples` does, for a table that is already laid out."""
    if count < 1 or seed < 0:
        raise InputError(f"{count} resamples from seed {seed}: give at least 1 resample and a seed from 0")
    for contest in measured:
        require_comparable(contest)
    parts = [_of_target(contest, count, seed, normaliser) for contest in measured]
    affinity, gain, quality = (
        _joined(name, [part[name] for part in parts]) for name in ("affinity", "gain", "quality")
    )
    return Resamples(count, affinity, gain, quality)


def _of_target(contest: Contest, count: int, seed: int, normaliser: str) -> dict[str, Draws]:
    """Return the draws of one target by their names."""
    competitors = contest.competitors()
    affinity = np.empty((count, len(competitors)))
    rows_of = {kind: known_win_rates(contest, kind)[0] for kind in REFERENCE}
    rates = {kind: np.empty((count, len(positions))) for kind, positions in rows_of.items()}
    for resampled, losses, weights in _draw(contest, count, seed):
        for some in _chunks(len(resampled), len(competitors)):  # none, where nobody takes part
            shares = weighted_win_shares(losses[competitors], weights[some])
            affinity[resampled[some]] = affinities_of(shares, normaliser)
        for kind, values in rates.items():
            values[resampled] = win_rates(contest, losses, kind, weights)[:, rows_of[kind]]
    draws = {kind: Draws(kind, contest.rows(rows_of[kind]), values) for kind, values in rates.items()}
    return {"affinity": Draws("affinity", contest.rows(competitors), affinity), **draws}


def _draw(contest: Contest, count: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield resamples that drew the same seeds: positions, losses (n, m) and weights of images (·, m)."""
    m, s = len(contest.images), len(contest.seeds)
    weights = _generator(seed, "images", contest.images).multinomial(m, np.full(m, 1.0 / m), size=count)
    chosen = np.sort(_generator(seed, "seeds", contest.seeds).integers(s, size=(count, s)), axis=1)
    for drawn in np.unique(chosen, axis=0):
        resampled = np.flatnonzero((chosen == drawn).all(axis=1))
        yield resampled, contest.averaged(drawn), weights[resampled]


def _generator(seed: int, purpose: str, names: Sequence[str]) -> np.random.Generator:
    """Return a generator that depends on the seed and on names alone."""
    digest = hashlib.sha256("\0".join([purpose, *names]).encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:16])])


def _chunks(count: int, n: int) -> Iterator[slice]:
    """Cut resamples into runs whose win shares fit in memory."""
    if n:
        step = max(1, BYTES // (8 * n * n))
        yield from (slice(start, start + step) for start in range(0, count, step))


def _joined(name: str, parts: Sequence[Draws]) -> Draws:
    """Put the draws of all targets side by side."""
    rows = pd.concat([part.rows for part in parts], ignore_index=True)
    return Draws(name, without_single_size(rows), np.hstack([part.values for part in parts]))
