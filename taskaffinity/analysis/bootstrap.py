"""How far affinities, gain and quality would move on other test images: the bootstrap.

Axes: b resamples, s training seeds, n transfers, m test images, g scenes.

A resample of a target draws g of its g scenes with replacement, each with all its test images: views of one
scene are alike, and drawn one by one they would pretend to be more evidence than they are. The scene of an
image is what its name says (`taskaffinity.analysis.scenes`); where names tell of none, every image is its
own. Where the table has several training seeds, a resample also draws s of the s seeds with replacement,
the same for every transfer, because a seed is one repetition of the whole experiment; losses are then
averaged over the drawn seeds, image by image. The whole analysis is done again on each: tournament,
affinities, win rates (for several levels, Davison and Hinkley, "Bootstrap Methods and their Application",
1997, section 3.8).

Bounds are percentiles (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13), moved
away from the median by the factor

    t_ν / z · sqrt((V_g g / (g − 1) + V_s s / (s − 1)) / V),     ν = (…)² / (…)   as of Satterthwaite (1946),

since a bootstrap over few scenes or seeds is too narrow. V is the variance over the resamples, V_s that
over seeds alone, V_g = V − V_s. z and t_ν are the 97.5 % quantiles of the normal distribution and of
Student's. With 90 scenes and one seed, the factor is 1.02; with three seeds that matter, it may be 3.

Targets measured on the same scenes are resampled together, others independently; likewise for seeds. The
draws of a target depend on the seed of the bootstrap, its scenes and its training seeds alone, so that
adding a target changes no other, nor does the order of rows.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from taskaffinity.analysis.contests import Contest, contests, without_single_size
from taskaffinity.analysis.evidence import require_comparable
from taskaffinity.analysis.normalise import affinities_of
from taskaffinity.analysis.scenes import scene_codes, scenes_of
from taskaffinity.analysis.tables import checked_losses
from taskaffinity.analysis.tournament import weighted_win_shares
from taskaffinity.analysis.win_rates import REFERENCE, known_win_rates, win_rates
from taskaffinity.errors import InputError

LEVEL = 0.95
Z_LEVEL = 0.975  # of the quantiles that bounds are widened by
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
    widening
        float64 (N,), by what bounds are moved away from the median; None for not at all.
    seed_share
        float64 (N,), the share of the variance that comes from training seeds; NaN where there is one seed,
        None where not known.
    """

    name: str
    rows: pd.DataFrame
    values: np.ndarray
    widening: np.ndarray | None = None
    seed_share: np.ndarray | None = None

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
        bounded = (~np.isnan(self.values)).mean(axis=0) > 0.5
        low, high = np.full((2, self.values.shape[1]), np.nan)
        if bounded.any():
            quantile = np.quantile if not np.isnan(self.values).any() else np.nanquantile
            below, middle, above = quantile(self.values[:, bounded], [tail, 0.5, 1.0 - tail], axis=0)
            factor = 1.0 if self.widening is None else self.widening[bounded]
            low[bounded] = (middle - factor * (middle - below)).clip(0.0, 1.0)
            high[bounded] = (middle + factor * (above - middle)).clip(0.0, 1.0)
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
    analysis = _Analysis.of(contest, normaliser)
    drawn = {name: np.empty((count, len(rows))) for name, rows in analysis.rows.items()}
    by_seeds = {name: np.empty((count, len(rows))) for name, rows in analysis.rows.items()}
    once = np.ones((1, len(contest.images)))
    for resampled, losses, weights in _draw(contest, count, seed):
        for name, values in analysis.values(losses, weights).items():
            drawn[name][resampled] = values
        if len(contest.seeds) > 1:
            for name, values in analysis.values(losses, once).items():
                by_seeds[name][resampled] = values
    scenes = len(set(scene_codes(contest.images).tolist()))
    draws = {}
    for name, values in drawn.items():
        widening, share = correction(values, by_seeds[name], scenes, len(contest.seeds))
        draws[name] = Draws(name, contest.rows(analysis.rows[name]), values, widening, share)
    return draws


@dataclass(frozen=True)
class _Analysis:
    """What is analysed of one target: the transfers that have a value, by the name of the value."""

    contest: Contest
    normaliser: str
    rows: dict[str, np.ndarray]

    @classmethod
    def of(cls, contest: Contest, normaliser: str) -> "_Analysis":
        rates = {kind: known_win_rates(contest, kind)[0] for kind in REFERENCE}
        return cls(contest, normaliser, {"affinity": contest.competitors(), **rates})

    def values(self, losses: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
        """Return the values of each name under weightings of the images: (n, m), (b, m) → (b, rows)."""
        competitors = self.rows["affinity"]
        affinity = np.empty((len(weights), len(competitors)))
        for some in _chunks(len(weights), len(competitors)):  # none, where nobody takes part
            shares = weighted_win_shares(losses[competitors], weights[some])
            affinity[some] = affinities_of(shares, self.normaliser)
        rates = {
            kind: win_rates(self.contest, losses, kind, weights)[:, self.rows[kind]] for kind in REFERENCE
        }
        return {"affinity": affinity, **rates}


def correction(
    values: np.ndarray, by_seeds: np.ndarray, scenes: int, seeds: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return by what bounds are widened, and the share of the variance that comes from seeds.

    Parameters
    ----------
    values
        float64 (b, N), resampled over scenes and seeds.
    by_seeds
        float64 (b, N), over seeds alone; not read where there is one.
    scenes, seeds
        How many there are.

    Returns
    -------
    widening, share : ndarray
        float64 (N,) each; the share is NaN where there is one seed.
    """
    total = _variance(values)
    of_seeds = np.minimum(_variance(by_seeds), total) if seeds > 1 else np.zeros_like(total)
    freedom_g, freedom_s = max(scenes - 1, 1), max(seeds - 1, 1)
    g = (total - of_seeds) * (freedom_g + 1) / freedom_g
    s = of_seeds * (freedom_s + 1) / freedom_s
    squares = g**2 / freedom_g + s**2 / freedom_s
    freedom = np.divide((g + s) ** 2, squares, out=np.full_like(total, freedom_g), where=squares > 0)
    ratio = np.divide(g + s, total, out=np.ones_like(total), where=total > 0)
    widening = stats.t.ppf(Z_LEVEL, freedom) / stats.norm.ppf(Z_LEVEL) * np.sqrt(ratio)
    share = np.divide(s, g + s, out=np.zeros_like(total), where=g + s > 0)
    return widening, share if seeds > 1 else np.full_like(total, np.nan)


def _variance(values: np.ndarray) -> np.ndarray:
    """Return the variance over the first axis of what is known; 0 where nothing is."""
    known = ~np.isnan(values)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, values, 0.0).sum(axis=0) / count
    return (np.where(known, values - mean, 0.0) ** 2).sum(axis=0) / count


def _draw(contest: Contest, count: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield resamples that drew the same seeds: positions, losses (n, m) and weights of images (·, m)."""
    codes = scene_codes(contest.images)
    g, s = int(codes.max(initial=0)) + 1, len(contest.seeds)
    times = _generator(seed, "images", scenes_of(contest.images)).multinomial(
        g, np.full(g, 1.0 / g), size=count
    )
    weights = times[:, codes]
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
    return Draws(
        name, without_single_size(rows), np.hstack([part.values for part in parts]),
        np.concatenate([part.widening for part in parts if part.widening is not None]),
        np.concatenate([part.seed_share for part in parts if part.seed_share is not None]),
    )  # fmt: skip
