"""Affinities with those of resampled test images, from a run or a table of losses."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from taskaffinity.errors import TableError
from taskaffinity.runs.affinities import Affinities
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.measuring import read_measuring, scaled
from taskaffinity.runs.opening import affinities_of, has_losses, open_measured, sources_beside

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

    path, count = Path(path), max(1, resamples)
    if path.is_dir():
        measured = open_measured(path, sources=sources)
        if not (path / LOSSES).is_file():
            raise _without_losses(path)
        analysis = analyse(read_losses(path / LOSSES), count, seed)
        predicted = read_measuring(RunFolder(path))
        if predicted is not None:
            analysis = scaled(analysis, predicted.record.held)
    elif has_losses(path):
        analysis = analyse(read_losses(path), count, seed)
        measured = replace(affinities_of(path, analysis), sources_table=sources_beside(path, sources))
    else:
        open_measured(path, sources=sources)  # says what is wrong with a file that is no table
        raise _without_losses(path)
    assert analysis.resamples is not None
    return replace(measured, affinities=analysis.affinities), analysis.resamples.affinity.values


def _without_losses(path: Path) -> TableError:
    return TableError(
        f"{path} has affinities without losses per image, which cannot be resampled; give a losses table"
    )
