"""Affinities with those of resampled test images, from a run or a table of losses."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from taskaffinity.errors import TableError
from taskaffinity.runs.affinities import Affinities
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.measuring import read_measuring
from taskaffinity.runs.opening import open_measured

LOSSES = "losses.parquet"


def open_resampled(
    path: str | Path, resamples: int = 200, seed: int = 0, sources: str | Path | None = None
) -> tuple[Affinities, np.ndarray]:
    """Open what was measured, and analyse it on resampled test images.

    Parameters
    ----------
    path
        A run folder, or a table of losses.
    resamples, seed
        As for `taskaffinity.analysis.analyse`; at least one resample.
    sources
        As for `taskaffinity.runs.opening.open_measured`.

    Returns
    -------
    measured : Affinities
        With the affinities of all images.
    values : ndarray
        float64 (resamples, rows), the affinities of every resample, in the order of ``measured.affinities``.

    Raises
    ------
    TableError
        There are affinities alone, which cannot be resampled; or the table cannot be read.
    """
    from taskaffinity.analysis import analyse
    from taskaffinity.analysis.tables import read_losses

    path = Path(path)
    measured = open_measured(path, sources=sources)
    file = path / LOSSES if path.is_dir() else path
    if measured.performance is None or not file.is_file():
        raise TableError(
            f"{path} has affinities without losses per image, which cannot be resampled; give a losses table"
        )
    analysis = analyse(read_losses(file), max(1, resamples), seed)
    assert analysis.resamples is not None
    table, values = analysis.affinities, analysis.resamples.affinity.values
    found = read_measuring(RunFolder(path)) if path.is_dir() else None
    if found is not None:
        held = table["target"].map(dict(found.record.held)).fillna(1.0).to_numpy()
        table, values = table.assign(affinity=table["affinity"] * held), values * held
    return replace(measured, affinities=table), values
