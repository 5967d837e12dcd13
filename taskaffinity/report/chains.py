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
        there = np.isfinite(wide[name]) & np.isfinite(wide[base])
        chain, direct = wide.loc[there, name], wide.loc[there, base]
        better = set(chain.index[chain < direct])
        known = len(chain) > 0 and chain.min() > 0 and direct.min() > 0
        ratio = float(np.exp(np.log(chain / direct).mean())) if known else float("nan")
        ordered = [target for target in findings.targets if target in better]
        views.append(ChainView(str(name), str(base), len(chain), ordered, ratio))
    return views
