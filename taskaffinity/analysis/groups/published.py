"""Tables of groups as their authors published them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from taskaffinity.analysis.groups.gains import groups_of_gains, unique_names
from taskaffinity.analysis.groups.networks import Networks
from taskaffinity.errors import TableError

TASKONOMY5 = ("s", "d", "n", "k", "e")
"""Semantic segmentation, depth, normals, keypoints, edges."""


def read_task_grouping(path: Path, tasks: Sequence[str] = TASKONOMY5) -> Networks:
    """Read a result file of tstandley/taskgrouping (Standley et al., ICML 2020).

    Parameters
    ----------
    path
        Tab-separated losses, a column a task. The first line has the networks of half size, one a task, which
        cost 0.5 each; every other line is one network, which costs 1, with the losses of the tasks that it
        was trained on.
    tasks
        Names of the columns.

    Returns
    -------
    Networks
        Named by their tasks; those of half size end in ``/2``.

    Raises
    ------
    TableError
        The file cannot be read, or a line holds no losses, too many, or one that is no number.
    """
    lines = _numbers(path, "\t", len(tasks))
    halves, whole = lines[0], lines[1:]
    if np.isnan(halves).any():
        raise TableError(f"{path}: line 1 lacks a network of half size; give one a task")
    loss = np.vstack([np.where(np.eye(len(tasks)), halves, np.nan), whole])
    names = unique_names(~np.isnan(whole), tasks)
    return Networks(
        names=(*(f"{task}/2" for task in tasks), *names),
        cost=np.concatenate([np.full(len(tasks), 0.5), np.ones(len(whole))]),
        targets=tuple(tasks),
        loss=loss,
    )


def read_gain_tables(members: Path, gains: Path, tasks: Sequence[str] | None = None) -> Networks:
    """Read a pair of tables of ShawnKS/MTG-Net (Song et al., NeurIPS 2022).

    Parameters
    ----------
    members
        0 or 1, separated by spaces, a line a group and a column a task: ``…_x.csv``.
    gains
        Gains over being trained alone, in the same places: ``…_y.csv``.
    tasks
        Names of the columns; their numbers from 0 by default.

    Raises
    ------
    TableError
        A file cannot be read, or the two do not fit together.
    """
    inside = _numbers(members, None)
    names = tasks or [str(task) for task in range(inside.shape[1])]
    return groups_of_gains(inside, _numbers(gains, None, inside.shape[1]), names)


def _numbers(path: Path, separator: str | None, columns: int | None = None) -> np.ndarray:
    """Read lines of numbers: float64 (lines, columns), NaN where a cell is empty or a line is short."""
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise TableError(f"{path} cannot be read ({error}); give the published file") from None
    cells = [line.split(separator) for line in lines if line.strip()]
    if not cells:
        raise TableError(f"{path} has no lines; give the published file")
    width = columns or len(cells[0])
    rows = np.full((len(cells), width), np.nan)
    for number, line in enumerate(cells, start=1):
        if len(line) > width:
            raise TableError(f"{path}: line {number} has {len(line)} columns, not {width}")
        for column, cell in enumerate(line):
            try:
                rows[number - 1, column] = float(cell) if cell.strip() else np.nan
            except ValueError:
                raise TableError(f"{path}: line {number} has {cell.strip()!r}, not a number") from None
        if np.isnan(rows[number - 1]).all():
            raise TableError(f"{path}: line {number} has no numbers")
    return rows
