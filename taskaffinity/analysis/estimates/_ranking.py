"""How well estimates rank what was measured, always beside two rankings that look at no encoding.

- The *constant ranking* is one order of the sources for all targets: by their mean performance on the
  **other** targets, each target's performances brought to mean 0 and spread 1.
- The *ranking by size* takes larger encoders first.

Everything here works on tables alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

MIN_SOURCES = 3  # of a target, to be ranked


@dataclass(frozen=True)
class Agreement:
    """How well one ranking agrees with what was measured; means over targets, None where not defined.

    Attributes
    ----------
    spearman
        Spearman's rank correlation, in [−1, 1].
    weighted_tau
        Kendall's τ weighted towards the top (Vigna, 2015; `scipy.stats.weightedtau`), in [−1, 1].
    regret
        (best − chosen) / (best − mean over the sources) for the first choice: 0 is the best source, 1 no
        better than choosing blindly. Of equal first choices, the mean.
    lost
        (best − chosen) / |best|: the share of the performance that is lost by the first choice.
    """

    spearman: float | None
    weighted_tau: float | None
    regret: float | None
    lost: float | None


@dataclass(frozen=True)
class Ranking:
    """One estimate beside both baselines, on the pairs for which it is defined.

    Attributes
    ----------
    estimate
        Its name.
    targets, pairs
        How many targets and pairs of source and target were ranked.
    own, constant, size
        The estimate and the baselines, on the same pairs.
    """

    estimate: str
    targets: int
    pairs: int
    own: Agreement
    constant: Agreement
    size: Agreement


def rank_all(
    estimates: pd.DataFrame, performance: pd.DataFrame, sizes: Mapping[str, float] | None = None
) -> list[Ranking]:
    """Hold estimates against what was measured.

    A source that is named like the target is left out: the question is what serves a target without its own
    labels.

    Parameters
    ----------
    estimates
        Columns ``source``, ``target``, ``estimate``, ``value``; higher is better, NaN where not defined.
    performance
        Columns ``source``, ``target``, ``performance``; higher is better. Rows that are not finite are left
        out.
    sizes
        Of the encoders, by source; those not named have none.

    Returns
    -------
    list of Ranking
        One per estimate, in the order in which they come.
    """
    measured = pivoted(performance, "performance")
    baselines = constant_ranking(measured), _sizes(measured, sizes or {})
    return [
        ranking_of(str(name), pivoted(part, "value"), measured, *baselines)
        for name, part in estimates.groupby("estimate", sort=False)
    ]


def pivoted(table: pd.DataFrame, value: str) -> pd.DataFrame:
    """Lay out a column by source and target; what is not finite, or of a source into itself, is NaN."""
    wide = table.pivot(index="source", columns="target", values=value).astype(float)
    own = wide.index.to_numpy()[:, None] == wide.columns.to_numpy()
    return wide.where(np.isfinite(wide) & ~own)


def constant_ranking(measured: pd.DataFrame) -> pd.DataFrame:
    """Return the mean standardised performance of each source on the targets other than each."""
    scaled = (measured - measured.mean()) / measured.std(ddof=0).replace(0, np.nan)
    return pd.DataFrame({target: scaled.drop(columns=target).mean(axis=1) for target in measured})


def _sizes(measured: pd.DataFrame, sizes: Mapping[str, float]) -> pd.DataFrame:
    column = pd.Series({source: sizes.get(source, np.nan) for source in measured.index}, dtype=float)
    return pd.DataFrame(dict.fromkeys(measured, column))


def ranking_of(
    name: str, values: pd.DataFrame, measured: pd.DataFrame, constant: pd.DataFrame, size: pd.DataFrame
) -> Ranking:
    """Hold one estimate against what was measured; all frames are sources by targets."""
    values = values.reindex(index=measured.index, columns=measured.columns)
    both = values.notna() & measured.notna()
    targets = [target for target in measured if both[target].sum() >= MIN_SOURCES]
    agreements = [
        agreement(ranks[targets], measured[targets].where(both)) for ranks in (values, constant, size)
    ]
    return Ranking(name, len(targets), int(both[targets].sum().sum()), *agreements)


def agreement(values: pd.DataFrame, measured: pd.DataFrame) -> Agreement:
    """Average over targets how well values rank what was measured."""
    rows = [_of_target(values[target], measured[target]) for target in measured]
    means = []
    for column in range(4):
        known = [value for row in rows if (value := row[column]) is not None]
        # A mean over fewer targets than another ranking has would compare different things.
        means.append(float(np.mean(known)) if rows and len(known) == len(rows) else None)
    return Agreement(*means)


def _of_target(values: pd.Series, measured: pd.Series) -> tuple[float | None, ...]:
    from scipy.stats import spearmanr, weightedtau

    kept = measured.notna()
    scores, truth = values[kept].to_numpy(), measured[kept].to_numpy()
    if len(truth) < MIN_SOURCES or np.isnan(scores).any():
        return (None,) * 4
    if np.ptp(truth) == 0:
        return None, None, 0.0, 0.0
    chosen = truth[scores == scores.max()].mean()
    lost = (truth.max() - chosen) / abs(truth.max()) if truth.max() else None
    regret = (truth.max() - chosen) / (truth.max() - truth.mean())
    if np.ptp(scores) == 0:
        return 0.0, 0.0, float(regret), lost
    tau = weightedtau(truth, scores).statistic
    return float(spearmanr(truth, scores).statistic), float(tau), float(regret), lost
