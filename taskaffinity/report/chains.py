"""Transfers by way of another task, beside the direct ones."""

from dataclasses import dataclass

import numpy as np

from taskaffinity.report.findings import Findings


@dataclass(frozen=True)
class ChainView:
    """A source that builds on another one, held against it.

    Attributes
    ----------
    source, base
        Names of the chain and of the source that it builds on.
    targets
        How many targets both were measured on.
    better
        Those on which the chain has the smaller mean test loss.
    ratio
        Loss of the chain over that of the direct transfer, geometric mean over the targets; NaN where a loss
        is not above 0.
    """

    source: str
    base: str
    targets: int
    better: list[str]
    ratio: float


def chain_views(findings: Findings) -> list[ChainView]:
    """Hold every source that builds on another one against the direct transfers; targets by group."""
    sources = findings.sources
    if sources is None or "builds_on" not in sources:
        return []
    wide = findings.transfers.pivot_table(index="target", columns="sources", values="loss", dropna=False)
    views = []
    for name, base in sources[["source", "builds_on"]].dropna().itertuples(index=False):
        if not base or not {name, base} <= set(wide.columns):
            continue
        both = wide[[name, base]].dropna()
        both = both[np.isfinite(both).all(axis=1)]
        better = set(both.index[both[name] < both[base]])
        known = (both > 0).all(axis=None) and len(both)
        ratio = float(np.exp(np.log(both[name] / both[base]).mean())) if known else float("nan")
        ordered = [target for target in findings.targets if target in better]
        views.append(ChainView(str(name), str(base), len(both), ordered, ratio))
    return views
