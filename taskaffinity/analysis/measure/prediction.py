"""Predicting transfers that were not measured from those that were, with their uncertainty.

Axes: d draws, E transfers of a table, T targets, S sources.

Transfers from one source, ``self`` and ``random`` make a matrix, which
`taskaffinity.analysis.measure.completion` completes. A transfer from several sources is predicted from
them:

    y_tA = max_s y_ts + β_o + γ (mean_s y_ts − max_s y_ts) + δ_t + e ,   s in A,

with an effect β_o of the number of sources and one, δ_t, of the target. y is the logarithm of an affinity; of
numbers that are not all positive, the number itself.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from taskaffinity.analysis.measure.completion import complete
from taskaffinity.names import split

SWEEPS = 60  # of the coefficients of transfers from several sources
LIMIT = 30.0  # a prediction is at most e³⁰ times away from what was measured


@dataclass(frozen=True)
class Layout:
    """Where the transfers of a table stand.

    Attributes
    ----------
    targets, sources
        Names; reserved names are among the sources.
    target
        int (E,).
    members
        The positions of the sources of each transfer.
    """

    targets: tuple[str, ...]
    sources: tuple[str, ...]
    target: np.ndarray
    members: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, transfers: pd.DataFrame) -> "Layout":
        """Lay out the columns ``target`` and ``sources`` of a table."""
        names = [split(str(sources)) for sources in transfers["sources"]]
        targets = tuple(sorted(set(transfers["target"])))
        sources = tuple(sorted({name for some in names for name in some}))
        row, column = ({name: i for i, name in enumerate(every)} for every in (targets, sources))
        return cls(
            targets, sources,
            np.array([row[name] for name in transfers["target"]], int),
            tuple(tuple(column[name] for name in some) for some in names),
        )  # fmt: skip

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """Row and column of every task that is both a target and a source."""
        column = {name: i for i, name in enumerate(self.sources)}
        return [(row, column[name]) for row, name in enumerate(self.targets) if name in column]

    @cached_property
    def single(self) -> np.ndarray:
        """Rows of the transfers from one source: int."""
        return np.array([i for i, some in enumerate(self.members) if len(some) == 1], int)

    @cached_property
    def joined(self) -> np.ndarray:
        """Rows of the transfers from several sources: int."""
        return np.array([i for i, some in enumerate(self.members) if len(some) > 1], int)

    @cached_property
    def column(self) -> np.ndarray:
        """The source of each of the `single` transfers: int."""
        return np.array([self.members[i][0] for i in self.single], int)


def predict(
    layout: Layout,
    measured: np.ndarray,
    covariates: np.ndarray | None = None,
    seed: int = 0,
    *,
    is_relative: bool = False,
    is_whole: bool = False,
) -> np.ndarray:
    """Draw what the transfers of a table may be worth.

    Of relative values, the draws of a target sum to 1, and those of measured transfers keep their ratios.

    Parameters
    ----------
    layout
        Of the E transfers.
    measured
        float64 (E,), NaN where a transfer was not measured.
    covariates
        float64 (E, k), numbers such as estimates, of transfers from one source; NaN where there is none.
    seed
        Of the draws.
    is_relative
        Whether the values of a target say only how its transfers compare with one another.
    is_whole
        Whether those of all transfers into a target sum to 1, as affinities do.

    Returns
    -------
    ndarray
        float64 (d, E). Measured transfers have their value in every draw.
    """
    is_known = ~np.isnan(measured)
    positive = is_relative or is_whole or _is_logarithmic(layout, measured)
    y = np.log(np.where(is_known, measured, 1.0)) if positive else measured
    y = np.where(is_known, y, np.nan)
    shape = (len(layout.targets), len(layout.sources))
    matrix = np.full(shape, np.nan)
    place = (layout.target[layout.single], layout.column)
    matrix[place] = y[layout.single]
    known = None
    if covariates is not None:
        known = np.full((*shape, covariates.shape[1]), np.nan)
        known[place] = covariates[layout.single]
    completed = complete(matrix, known, layout.pairs, seed=seed).draws
    draws = np.empty((len(completed), len(y)))
    draws[:, layout.single] = completed[:, place[0], place[1]]
    if len(layout.joined):
        draws[:, layout.joined] = _joined(layout, y, completed, seed)
    draws = _bounded(draws, y[is_known])
    draws[:, is_known] = y[is_known]
    drawn = np.exp(draws) if positive else draws
    if is_relative:
        total = np.stack([np.bincount(layout.target, draw) for draw in drawn])
        return drawn / total[:, layout.target]
    return _within_one(layout, drawn, measured, is_whole)


def _is_logarithmic(layout: Layout, measured: np.ndarray) -> bool:
    """Tell whether logarithms are spread more evenly about the mean of their target than the numbers are."""
    is_known = ~np.isnan(measured)
    if not (measured[is_known] > 0).all():
        return False
    target, values = layout.target[is_known], measured[is_known]
    return abs(_skewness(np.log(values), target)) <= abs(_skewness(values, target))


def _skewness(values: np.ndarray, target: np.ndarray) -> float:
    """Return the mean cubed deviation from the mean of the target, in units of the spread of the target."""
    count = np.bincount(target)
    centred = values - (np.bincount(target, values) / np.maximum(count, 1))[target]
    spread = np.sqrt((np.bincount(target, centred**2) / np.maximum(count, 1))[target])
    return float(((centred[spread > 0] / spread[spread > 0]) ** 3).mean()) if (spread > 0).any() else 0.0


def _within_one(layout: Layout, draws: np.ndarray, measured: np.ndarray, is_whole: bool) -> np.ndarray:
    """Scale draws of affinities that were not measured: they sum to at most 1 with the others, or exactly."""
    is_known = ~np.isnan(measured)
    known = np.bincount(layout.target[is_known], measured[is_known], len(layout.targets))
    if (measured[is_known] <= 0).any() or (known > 1 + 1e-6).any():
        return draws
    target, width = layout.target[~is_known], len(layout.targets)
    unknown = np.stack([np.bincount(target, draw[~is_known], width) for draw in draws])
    factor = (1.0 - known).clip(0) / np.maximum(unknown, 1e-300)
    factor = factor if is_whole else np.minimum(1.0, factor)
    return np.where(is_known, draws, draws * factor[:, layout.target])


def _bounded(draws: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Keep draws within what can be computed with, and below twice the highest value that was measured."""
    if not len(known):
        return draws
    return draws.clip(known.min() - LIMIT, known.max() + np.log(2.0))


def _joined(layout: Layout, y: np.ndarray, completed: np.ndarray, seed: int) -> np.ndarray:
    """Draw the transfers from several sources: (d, those)."""
    rows = layout.joined
    d = len(completed)
    highest, mean = np.empty((2, d, len(rows)))
    for position, row in enumerate(rows):
        values = completed[:, layout.target[row], list(layout.members[row])]
        highest[:, position], mean[:, position] = values.max(axis=1), values.mean(axis=1)
    orders = np.array([len(layout.members[row]) for row in rows])
    kinds = np.unique(orders)
    is_target = (layout.target[rows][:, None] == np.arange(len(layout.targets))).astype(float)
    design = np.concatenate([(orders[:, None] == kinds).astype(float), is_target], axis=1)
    known = np.flatnonzero(~np.isnan(y[rows]))
    left = y[rows][known] - highest.mean(axis=0)[known]
    slope = (mean - highest).mean(axis=0)[:, None]
    full = np.concatenate([slope, design], axis=1)
    weights, noise = _coefficients(full[known], left, 1 + len(kinds), d, seed)
    random = np.random.default_rng([seed, 1])
    fixed = weights[:, 1:] @ design.T + weights[:, :1] * (mean - highest)
    return highest + fixed + noise[:, None] * random.standard_normal(highest.shape)


def _coefficients(
    design: np.ndarray, left: np.ndarray, fixed: int, count: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the coefficients of a regression, and the spread of its noise, by Gibbs sampling.

    Parameters
    ----------
    design
        (n, q); the first `fixed` columns have a prior of spread 1, the others one of a spread that is drawn
        too.
    left
        (n,).

    Returns
    -------
    weights, noise : ndarray
        (count, q) and (count,).
    """
    random = np.random.default_rng([seed, 2])
    n, q = design.shape
    gram, moment = design.T @ design, design.T @ left
    weights, noise = np.empty((count, q)), np.empty(count)
    effect, precision = 4.0, 4.0
    for sweep in range(SWEEPS + count):
        prior = np.where(np.arange(q) < fixed, 1.0, effect)
        root = np.linalg.cholesky(precision * gram + np.diag(prior))
        half = np.linalg.solve(root, precision * moment)
        drawn = np.linalg.solve(root.T, half + random.standard_normal(q))
        error = left - design @ drawn
        precision = float(random.gamma(1.0 + n / 2, 1.0 / (0.2 + error @ error / 2)))
        others = drawn[fixed:]
        effect = float(random.gamma(1.0 + len(others) / 2, 1.0 / (0.2 + others @ others / 2)))
        if sweep >= SWEEPS:
            weights[sweep - SWEEPS], noise[sweep - SWEEPS] = drawn, precision**-0.5
    return weights, noise
