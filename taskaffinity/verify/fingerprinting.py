"""Godau et al., task fingerprinting of medical imaging: transfer and joint training on the same tasks."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from taskaffinity.errors import TableError
from taskaffinity.verify.files import Files
from taskaffinity.verify.number import Number, compared, missing

SOURCE = "task fingerprinting (Godau et al.)"
WHERE = "transfer_auroc.csv and joint_auroc.csv of github.com/IMSY-DKFZ/task-fingerprinting"
NAMES = ("transfer_auroc.csv", "joint_auroc.csv")
PRINTED = {
    "sources": "71",
    "targets": "43",
    "runs": "3",
    "mean rank correlation per target between transfer and joint training": ".088",
    "median rank correlation per target between transfer and joint training": ".10",
}


def numbers(files: Files) -> Iterator[Number]:
    """Yield the numbers of the publication."""
    paths = files.together(NAMES)
    try:
        tables = [_read(path) for path in paths.values()] if paths else []
    except TableError:
        tables = []
    if not paths or not tables:
        yield from (missing(SOURCE, what, printed, WHERE) for what, printed in PRINTED.items())
        return
    files.opened |= set(paths.values())
    correlations = rank_correlations(*tables)
    values = [float(tables[0][name].nunique()) for name in "str"]
    values += [float(correlations.mean()), float(correlations.median())]
    for (what, printed), value in zip(PRINTED.items(), values, strict=True):
        yield compared(SOURCE, what, printed, value)


def rank_correlations(transfer: pd.DataFrame, joint: pd.DataFrame) -> pd.Series:
    """Return Spearman's ρ over the sources, by target, of the means over the runs.

    Parameters
    ----------
    transfer, joint
        Columns ``s`` (source), ``t`` (target) and ``p`` (AUROC).
    """
    means = [table.groupby(["t", "s"])["p"].mean() for table in (transfer, joint)]
    both = pd.concat(means, axis=1, keys=["transfer", "joint"]).dropna()
    ranks = both.groupby("t").rank()
    return ranks.groupby("t").apply(lambda of: np.corrcoef(of["transfer"], of["joint"])[0, 1])


def _read(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise TableError(f"{path} cannot be read ({error})") from None
    if not {"r", "s", "t", "p"} <= set(table):
        raise TableError(f"{path} has other columns than r, s, t, p")
    return table
