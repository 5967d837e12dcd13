"""Networks that predict targets themselves: which those are, and what their predictions are called."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from taskaffinity.names import SELF

HEADS = "heads"  # the column of sources.csv


@dataclass(frozen=True)
class OwnHead:
    """A target that a source predicts itself.

    Attributes
    ----------
    source
        The source.
    target
        The target.
    """

    source: str
    target: str

    @property
    def cell(self) -> str:
        """What its predictions are called among the source sets of the target."""
        return SELF if self.source == self.target else self.source


def own_heads(sources: pd.DataFrame) -> list[OwnHead]:
    """Read the own heads of a table of sources.

    Parameters
    ----------
    sources
        The columns of ``sources.csv``. Where it has no column ``heads``, tasks' own networks alone have one.
    """
    heads = sources[HEADS] if HEADS in sources else sources["source"].where(sources["kind"] == "task")
    return [
        OwnHead(str(source), target)
        for source, text in zip(sources["source"], heads, strict=True)
        for target in _names(text)
    ]


def targets_of(heads: Iterable[OwnHead]) -> dict[str, tuple[str, ...]]:
    """Return the targets that each source predicts, sources in order."""
    targets: dict[str, tuple[str, ...]] = {}
    for head in heads:
        targets[head.source] = (*targets.get(head.source, ()), head.target)
    return targets


def _names(text: object) -> list[str]:
    return [name.strip() for name in text.split(";") if name.strip()] if isinstance(text, str) else []
