"""Whether encoders that came from elsewhere beat random features, target by target."""

from dataclasses import dataclass

from taskaffinity.names import JOINER
from taskaffinity.report.findings import Findings

EVEN = 0.5  # share of test images: no better than random features


@dataclass(frozen=True)
class FrozenView:
    """An encoder that the run did not train, against random features.

    Attributes
    ----------
    source
        Its name.
    wins
        Share of test images on which its readout has the smaller loss, by target.
    """

    source: str
    wins: dict[str, float]

    @property
    def mean(self) -> float:
        """Mean over the targets."""
        return sum(self.wins.values()) / len(self.wins)

    @property
    def ahead(self) -> list[str]:
        """Targets on which it beats random features."""
        return [target for target, wins in self.wins.items() if wins > EVEN]

    @property
    def behind(self) -> list[str]:
        """Targets on which it does not."""
        return [target for target, wins in self.wins.items() if wins <= EVEN]


def frozen_views(findings: Findings) -> list[FrozenView]:
    """Hold every source that needs no labels and no training against random features; targets by group."""
    table, sources = findings.wins_over_random, findings.sources
    if table is None or sources is None:
        return []
    untrained = sources[(sources["training_operations"] == 0) & (sources["labels"].fillna("") == "")]
    views = []
    for name in untrained["source"]:
        rows = table[(table["sources"] == name) & ~table["sources"].str.contains(JOINER, regex=False)]
        wins = dict(zip(rows["target"], rows["wins"], strict=True))
        if wins:
            views.append(FrozenView(name, {t: float(wins[t]) for t in findings.targets if t in wins}))
    return views
