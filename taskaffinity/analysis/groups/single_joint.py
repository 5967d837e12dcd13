"""Single networks against joint ones, and transfer against joint training, on the same test images.

Axes: R resamples, M images, T tasks.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.analysis.groups.heads import OwnHead, own_heads, targets_of
from taskaffinity.analysis.plan.sources import read_labels
from taskaffinity.names import SELF

RESAMPLES = 1000
LEVEL = 0.95
FEWEST_TO_RANK = 3
CHANGES = (
    "source", "target", "loss", "against", "against_loss", "change", "low", "high", "images",
    "negative_transfer",
)  # fmt: skip
RANKS = ("target", "tasks", "rho", "low", "high", "best_transfer", "best_joint")


@dataclass(frozen=True)
class HeadLosses:
    """Losses per test image of readouts and own heads.

    Attributes
    ----------
    by_cell
        Losses by target and source set, each a series by image.
    sources
        The table of sources.
    seed
        Of the resamples.
    """

    by_cell: Mapping[tuple[str, str], pd.Series]
    sources: pd.DataFrame
    seed: int = 0

    @classmethod
    def of(cls, losses: pd.DataFrame, sources: pd.DataFrame, seed: int = 0) -> "HeadLosses":
        """Take the losses of a table of losses; those of several seeds or sizes are averaged by image."""
        by_cell = {
            (str(target), str(cell)): part.groupby("image", sort=True)["loss"].mean()
            for (target, cell), part in losses.groupby(["target", "sources"], sort=True)
        }
        return cls(by_cell, sources, seed)

    @property
    def heads(self) -> list[OwnHead]:
        """The own heads that were measured."""
        return [head for head in own_heads(self.sources) if (head.target, head.cell) in self.by_cell]

    def changes(self) -> pd.DataFrame:
        """Compare every own head with the single network, and with the plainest network of the same labels.

        Heads that no label of their target trained are left out.

        Returns
        -------
        DataFrame
            One row for each own head, but those of single networks, and each network that it is held
            against: `loss` and `against_loss`, means over common images; `change`, the first over the second
            less 1, with the bounds of its 95 % bootstrap interval over test images; and whether training
            together made it worse beyond that interval. Numbers are NaN where a network diverged.
        """
        rows = [
            self._change(head, against)
            for head in self.heads
            if head.cell != SELF and self._is_learned(head)
            for against in self._rivals(head)
        ]
        return pd.DataFrame(rows, columns=list(CHANGES))

    def _is_learned(self, head: OwnHead) -> bool:
        """Tell whether a head was trained on labels of its target, and not carried over from another task."""
        labels = read_labels(self._column("labels", "")[head.source], head.source)
        return head.target in labels or not labels

    def _rivals(self, head: OwnHead) -> Iterator[str]:
        """Name what a head is compared with: `self`, then the cheapest in training with the same labels."""
        if (head.target, SELF) in self.by_cell:
            yield SELF
        labels, operations = self._column("labels", ""), self._column("training_operations", np.inf)
        alike = [
            other.source
            for other in self.heads
            if other.cell != SELF
            and other.target == head.target
            and labels[other.source] == labels[head.source]
            and operations[other.source] < operations[head.source]
        ]
        if alike:
            yield min(alike, key=lambda name: (operations[name], name))

    def _column(self, name: str, missing: Any) -> dict[str, Any]:
        """Return a column of the table of sources, by source."""
        values = self.sources[name].astype(object).where(self.sources[name].notna(), missing)
        return dict(zip(self.sources["source"], values, strict=True))

    def _change(self, head: OwnHead, against: str) -> tuple[object, ...]:
        mine, other = self.by_cell[head.target, head.cell], self.by_cell[head.target, against]
        pair = pd.concat([mine, other], axis=1, join="inner").dropna().to_numpy(float)
        losses, change, low, high = np.full(2, np.nan), np.nan, np.nan, np.nan
        if len(pair):
            losses = pair.mean(axis=0)
        if len(pair) and np.isfinite(pair).all():
            resampled = self._weights(len(pair)) @ pair
            change = float(_ratio(losses[:1], losses[1:])[0])
            drawn = _ratio(resampled[:, 0], resampled[:, 1])
            low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        worse = bool(low > 0)
        return (
            head.source, head.target, losses[0], against, losses[1], change, low, high, len(pair), worse,
        )  # fmt: skip

    def _weights(self, count: int) -> np.ndarray:
        """Draw how often each of M images is in each resample, over M: float (R, M)."""
        rng = np.random.default_rng(self.seed)
        return rng.multinomial(count, np.full(count, 1 / count), RESAMPLES) / count

    def transfer_against_joint(self) -> pd.DataFrame:
        """Rank the other tasks for each target, by transfer from them and by training with them.

        Returns
        -------
        DataFrame
            One row for each target that was trained with `FEWEST_TO_RANK` others or more, in pairs:
            Spearman's ρ of the two orders, with the bounds of its 95 % bootstrap interval over test images,
            and the best task by either.
        """
        pairs = self._pairs()
        rows = []
        for target in sorted({target for target, _ in pairs}):
            partners = [
                partner for other, partner in pairs if other == target and (target, partner) in self.by_cell
            ]
            if len(partners) >= FEWEST_TO_RANK:
                rows.append(self._ranks(target, partners, pairs))
        return pd.DataFrame(rows, columns=list(RANKS))

    def _pairs(self) -> dict[tuple[str, str], list[str]]:
        """Gather the networks of each pair of tasks, by target and partner."""
        pairs: dict[tuple[str, str], list[str]] = {}
        for source, targets in targets_of(self.heads).items():
            if len(targets) == 2:
                for target, partner in (targets, targets[::-1]):
                    pairs.setdefault((target, partner), []).append(source)
        return pairs

    def _ranks(
        self, target: str, partners: list[str], pairs: Mapping[tuple[str, str], list[str]]
    ) -> tuple[object, ...]:
        columns = {("transfer", partner): self.by_cell[target, partner] for partner in partners}
        for partner in partners:
            networks = [self.by_cell[target, name] for name in pairs[target, partner]]
            columns["joint", partner] = pd.concat(networks, axis=1).mean(axis=1)
        frame = pd.concat(columns, axis=1, join="inner").dropna()
        by_kind = [frame[kind][partners].to_numpy(float) for kind in ("transfer", "joint")]
        values = np.stack(by_kind)  # (2, M, T)
        means = values.mean(axis=1)
        resampled = self._weights(len(frame)) @ np.where(np.isfinite(values), values, 1e30)  # (2, R, T)
        drawn = spearman(*resampled)
        low, high = np.nanquantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        best = [partners[int(mean.argmin())] for mean in means]
        return target, len(partners), float(spearman(*means[:, None])[0]), low, high, *best


def spearman(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Spearman's ρ of each row: (R, T) and (R, T) to (R,); NaN where all values of a row are equal."""
    from scipy.stats import rankdata

    ranks = [rankdata(values, axis=1) for values in (first, second)]
    centred = [rank - rank.mean(axis=1, keepdims=True) for rank in ranks]
    norms = np.linalg.norm(centred[0], axis=1) * np.linalg.norm(centred[1], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rho: np.ndarray = (centred[0] * centred[1]).sum(axis=1) / norms
    return rho


def _ratio(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(second != 0, first / second - 1, np.nan)
