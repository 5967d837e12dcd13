"""Matrices that people keep: a row a source and a column a target, or the other way round."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from taskaffinity.analysis.figures import Style, number_of
from taskaffinity.errors import TableError
from taskaffinity.names import is_reserved, shown, tidy, written

SOURCES = frozenset({"source", "sources", "from", "encoder", "method", "model", "network"})
TARGETS = frozenset({"target", "targets", "to", "task", "tasks", "dataset"})

_PARTED = re.compile(r"[\\/|↓→]|\bto\b|\bvs\b")


@dataclass(frozen=True)
class Matrix:
    """Numbers with names for their rows and columns, as they are written.

    Attributes
    ----------
    corner
        What stands above the names of the rows; it may say what they are.
    rows, columns
        Names.
    cells
        float64 (rows, columns); NaN where a cell is empty.
    """

    corner: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: np.ndarray


def matrix_of(
    corner: str,
    rows: Sequence[object],
    columns: Sequence[object],
    cells: pd.DataFrame,
    style: Style,
    path: Path,
) -> Matrix:
    """Read the cells of a matrix.

    Raises
    ------
    TableError
        A cell holds something that is no number, or a name is not there or stands there twice.
    """
    names = [[_name(name, path) for name in axis] for axis in (rows, columns)]
    for axis, what in zip(names, ("row", "column"), strict=True):
        tidied = [written(name) for name in axis]
        twice = next((name for place, name in enumerate(tidied) if name in tidied[:place]), None)
        if "" in tidied:
            raise TableError(f"{path}: a {what} of the matrix has no name; name or remove it")
        if twice is not None:
            raise TableError(f"{path}: the matrix has two {what}s {shown(twice)!r}; keep one")
    values = np.full((len(rows), len(columns)), np.nan)
    for place in range(len(columns)):
        column = cells.iloc[:, place]
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype):
            values[:, place] = column.astype("Float64").to_numpy("float64", na_value=np.nan)
            continue
        for row, cell in enumerate(column):
            number = number_of("" if cell is None or cell is pd.NA else str(cell), style)
            if number is None:
                raise TableError(
                    f"{path}: the matrix holds {shown(cell)!r} for {shown(names[0][row])!r} and "
                    f"{shown(names[1][place])!r}; write a number, or remove what is not one"
                )
            values[row, place] = number
    return Matrix(corner, tuple(names[0]), tuple(names[1]), values)


def _name(name: object, path: Path) -> str:
    """Return the name of a row or column as text."""
    if isinstance(name, str):
        return name
    raise TableError(f"{path}: {shown(name)!r} names a row or column of the matrix; write names as text")


def rows_are_sources(matrix: Matrix, path: Path) -> bool:
    """Tell which way a matrix lies: the corner says it, or the reserved names, which are sources.

    Rows are sources where nothing says anything.

    Raises
    ------
    TableError
        What there is contradicts itself.
    """
    first = next((part for part in map(tidy, _PARTED.split(matrix.corner.lower())) if part), "")
    reserved = [any(is_reserved(name) for name in axis) for axis in (matrix.rows, matrix.columns)]
    said = [first in SOURCES or reserved[0], first in TARGETS or reserved[1]]
    if all(said):
        raise TableError(
            f"{path} is a matrix in which both rows and columns look like sources; "
            "put sources in rows and targets in columns, 'self' and 'random' among the sources"
        )
    return not said[1]


def long_of(matrix: Matrix, value: str, path: Path) -> tuple[pd.DataFrame, str]:
    """Lay a matrix out as rows of transfers.

    Parameters
    ----------
    matrix
        The numbers.
    value
        What they are, and the name of their column.
    path
        What errors call it.

    Returns
    -------
    table : DataFrame
        Columns ``target``, ``sources``, `value`; empty cells are left out.
    note : str
        What the matrix was taken for.
    """
    down = rows_are_sources(matrix, path)
    sources, targets = (matrix.rows, matrix.columns) if down else (matrix.columns, matrix.rows)
    cells = matrix.cells.T if down else matrix.cells  # (targets, sources)
    which = np.argwhere(~np.isnan(cells))
    table = pd.DataFrame({
        "target": pd.Series([targets[t] for t, _ in which], dtype=str),
        "sources": pd.Series([sources[s] for _, s in which], dtype=str),
        value: cells[tuple(which.T)],
    })  # fmt: skip
    lie = "a row a source, a column a target" if down else "a row a target, a column a source"
    return table, f"a matrix of {value} ({lie}: {len(sources)} sources, {len(targets)} targets)"
