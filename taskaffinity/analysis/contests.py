"""Contests: the losses table as arrays, one for each target.

Axes: s training seeds, n transfers, m test images.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from taskaffinity.analysis.reading import KEY, SEED, SIZE
from taskaffinity.names import CONSTANT, SCRATCH

BYSTANDERS = (SCRATCH, CONSTANT)
"""Sources that take no part in tournaments.

The published affinities hold ``self`` and ``random`` beside the transfers, not the network trained from
scratch ("pixels"), and sum to 1 without it; ours follow them. ``scratch`` is what gain is measured against,
``constant`` what sanity is.
"""


class MeasuredTransfer(NamedTuple):
    """A source set, or a reserved name, and the labelled examples its readout was trained on."""

    sources: str
    size: int | None


@dataclass(frozen=True)
class Contest:
    """All that was measured on one target.

    Attributes
    ----------
    target
        Its name.
    transfers
        n of them, in alphabetical order and by size. The same sources at two sizes are two transfers.
    seeds
        The s training seeds, as text.
    images
        Names of the m test images on which at least one transfer has a loss, in alphabetical order.
    losses
        float64 (s, n, m). NaN where the image has no label, or the transfer was not trained from that seed;
        infinite where it diverged.
    """

    target: str
    transfers: tuple[MeasuredTransfer, ...]
    seeds: tuple[str, ...]
    images: tuple[str, ...]
    losses: np.ndarray

    def averaged(self, drawn: Sequence[int] | None = None) -> np.ndarray:
        """Return the mean loss over seeds, image by image.

        Parameters
        ----------
        drawn
            Positions of the seeds to average, repeats counted; all of them by default.

        Returns
        -------
        ndarray
            (n, m). Seeds a transfer was not trained from are left out of its mean; where that leaves none
            of the drawn ones, the mean is over all it has. One diverged seed makes the mean infinite.
        """
        if len(self.seeds) == 1:
            return self.losses[0]
        mean = _mean(self.losses)
        if drawn is None:
            return mean
        chosen = _mean(self.losses[list(drawn)])
        return np.where(np.isnan(chosen), mean, chosen)

    def competitors(self) -> np.ndarray:
        """Return the positions of the transfers that take part in the tournament, and have a loss at all."""
        measured = ~np.isnan(self.losses).all(axis=(0, 2))
        taking_part = [transfer.sources not in BYSTANDERS for transfer in self.transfers]
        return np.flatnonzero(measured & taking_part)

    def positions(self, sources: str) -> dict[int | None, int]:
        """Return where one source set stands, by its transfer size, smallest first."""
        return {
            transfer.size: position
            for position, transfer in enumerate(self.transfers)
            if transfer.sources == sources
        }

    def rows(self, positions: Sequence[int] | np.ndarray) -> pd.DataFrame:
        """Return transfers as a frame: ``target``, ``sources``, ``transfer_size``."""
        chosen = [self.transfers[position] for position in positions]
        return pd.DataFrame({
            "target": pd.Series([self.target] * len(chosen), dtype=str),
            "sources": pd.Series([transfer.sources for transfer in chosen], dtype=str),
            SIZE: pd.Series([transfer.size for transfer in chosen], dtype="Int64"),
        })  # fmt: skip


def contests(losses: pd.DataFrame) -> Iterator[Contest]:
    """Lay out a losses table, target by target in alphabetical order.

    Parameters
    ----------
    losses
        As `taskaffinity.analysis.tables.checked_losses` returns it.

    Yields
    ------
    Contest
        Targets without a single loss are left out.
    """
    columns = [*KEY, "image", "loss", *(name for name in (SIZE, SEED) if name in losses)]
    for _, rows in losses[columns].groupby("target", observed=True, sort=True):
        contest = _contest(rows)
        if contest.images:
            yield contest


def without_single_size(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table without its ``transfer_size`` where that tells no two rows apart."""
    return table if table.duplicated(list(KEY)).any() else table.drop(columns=SIZE)


def _contest(rows: pd.DataFrame) -> Contest:
    """Lay out the rows of one target."""
    sources, source_names = pd.factorize(rows["sources"].astype(str), sort=True)
    sizes, size_values = _codes(rows, SIZE)
    seeds, seed_values = _codes(rows, SEED)
    images, image_names = pd.factorize(rows["image"].astype(str), sort=True)
    pairs, transfers = np.unique(sources * len(size_values) + sizes, return_inverse=True)
    losses = np.full((len(seed_values), len(pairs), len(image_names)), np.nan)
    losses[seeds, transfers, images] = rows["loss"].to_numpy(np.float64)
    labelled = ~np.isnan(losses).all(axis=(0, 1))
    return Contest(
        target=str(rows["target"].iloc[0]),
        transfers=tuple(
            MeasuredTransfer(
                str(source_names[pair // len(size_values)]), size_values[pair % len(size_values)]
            )
            for pair in pairs
        ),
        seeds=tuple(map(str, seed_values)),
        images=tuple(str(name) for name in image_names[labelled]),
        losses=losses[:, :, labelled],
    )


def _codes(rows: pd.DataFrame, name: str) -> tuple[np.ndarray, list[int | None]]:
    """Return a column of whole numbers as positions in the list of its values: None, then smallest first."""
    if name not in rows:
        return np.zeros(len(rows), np.intp), [None]
    codes, values = pd.factorize(rows[name], sort=True)
    known: list[int | None] = [int(value) for value in values]
    return (codes + 1, [None, *known]) if (codes < 0).any() else (codes, known)


def _mean(losses: np.ndarray) -> np.ndarray:
    """Return the mean over the first axis of what is there; NaN where nothing is."""
    there = ~np.isnan(losses)
    total = np.where(there, losses, 0.0).sum(axis=0)
    number = there.sum(axis=0)
    return np.divide(total, number, out=np.full(total.shape, np.nan), where=number > 0)
