"""Tables measured elsewhere, in whatever columns, as a table of transfers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from taskaffinity.analysis.figures import AmbiguousError, Style, number_of, style_of
from taskaffinity.analysis.opening import head_of, is_pickle, open_content
from taskaffinity.analysis.tables import checked_table, read_table
from taskaffinity.analysis.text import Sheet, sheet_of
from taskaffinity.analysis.wide import long_of, matrix_of
from taskaffinity.errors import TableError
from taskaffinity.names import shown, tidy

PART = "/"  # between the parts of a name that is made of several columns
HEADERS = 5  # rows that a header has at most


@dataclass(frozen=True)
class Columns:
    """Where the columns of a table of transfers stand in another table.

    Attributes
    ----------
    source, target
        Columns that name the source and the target; of several, the names are joined by ``/``. In a matrix
        whose header has several rows, `target` is the row that names its columns.
    number
        The column of numbers.
    where
        What other columns, or rows of the header, must hold.
    mean
        Whether rows of one transfer are averaged; without, they are refused.
    negated
        Whether lower numbers are better, so that their opposites are taken.
    """

    source: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    number: str | None = None
    where: Mapping[str, str] | None = None
    mean: bool = False
    negated: bool = False


def converted(path: Path, value: str, columns: Columns) -> pd.DataFrame:
    """Read a table of transfers from a file with other columns, or another layout.

    Parameters
    ----------
    path
        A file.
    value
        Name of the value's column in the table that is made: ``affinity``, ``gain``, ``quality`` or ``loss``.
    columns
        Where things stand; nothing where the file is one that `read_table` reads.

    Returns
    -------
    DataFrame
        As `read_table` returns it.

    Raises
    ------
    TableError
        The file cannot be read, or lacks what was named.
    """
    if is_pickle(path, head_of(path)):
        from taskaffinity.analysis.published import published_table

        table = published_table(path, value, python2=True)
    elif not columns.source and not columns.target and not columns.number and not columns.where:
        table = read_table(path, value)
    else:
        sheet = _sheet(path)
        is_long = bool(columns.source and columns.number)
        table = _of_rows(sheet, value, columns, path) if is_long else _of_matrix(sheet, value, columns, path)
    if columns.mean:
        table = table.groupby(["target", "sources"], sort=False, observed=True)[[value]].mean().reset_index()
    if columns.negated:
        table[value] = -table[value]
    return checked_table(table, value, path)


def _sheet(path: Path) -> Sheet:
    """Return the cells of any table as text, the index of a frame among them."""
    content = open_content(path)
    if content.text is not None:
        return sheet_of(content.text, path, ())
    assert content.frame is not None
    frame = content.frame
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    cells = frame.astype(object).where(frame.notna(), "").astype(str)
    return Sheet(tuple(map(str, frame.columns)), cells.set_axis(range(frame.shape[1]), axis=1), ",", 2)


def _of_rows(sheet: Sheet, value: str, columns: Columns, path: Path) -> pd.DataFrame:
    """Return one row a transfer, from columns that are named."""
    places = {tidy(name): place for place, name in enumerate(sheet.header)}

    def column(name: str) -> pd.Series:
        if tidy(name) not in places:
            there = ", ".join(map(shown, sheet.header))
            raise TableError(f"{path} has no column {name!r} (there are: {there}); name one of these")
        return sheet.cells[places[tidy(name)]].map(tidy)

    kept = pd.Series(True, index=sheet.cells.index)
    for name, wanted in (columns.where or {}).items():
        kept &= column(name) == tidy(wanted)
    if not kept.any():
        raise TableError(f"{path} has no row that fits --where; look at the values of those columns")
    if not columns.target:
        raise TableError(f"{path}: name the column of targets with --target")
    numbers = _numbers(column(str(columns.number))[kept], path)
    return pd.DataFrame({
        "target": _joined([column(name)[kept] for name in columns.target]),
        "sources": _joined([column(name)[kept] for name in columns.source]),
        value: numbers,
    }).reset_index(drop=True)  # fmt: skip


def _joined(parts: Sequence[pd.Series]) -> pd.Series:
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + PART + part
    return joined


def _numbers(texts: pd.Series, path: Path) -> np.ndarray:
    style = _style(texts, path)
    read = {text: number_of(text, style) for text in texts.unique()}
    for text, number in read.items():
        if number is None:
            raise TableError(f"{path}: {shown(text)!r} stands where a number belongs; name another column")
    return texts.map(read).to_numpy(float)


def _style(texts: pd.Series, path: Path) -> Style:
    try:
        return style_of(texts.unique())
    except AmbiguousError as error:
        raise TableError(
            f"{path}: {shown(error)} can be read with a decimal comma or as thousands; write a decimal point"
        ) from None


def _of_matrix(sheet: Sheet, value: str, columns: Columns, path: Path) -> pd.DataFrame:
    """Return one row a transfer, from a matrix whose header has one row or several."""
    header, cells = _header(sheet)
    where = {tidy(name): tidy(wanted) for name, wanted in (columns.where or {}).items()}
    unknown = [name for name in where if name not in header]
    if unknown:
        raise TableError(
            f"{path} has no row of the header named {unknown[0]!r} (there are: "
            f"{', '.join(map(shown, header))}); name one of these, or columns with --source and --number"
        )
    names = [name for name in header if name not in where]
    named = tidy(columns.target[0]) if columns.target else names[0] if len(names) == 1 else None
    if named is None or named not in header:
        raise TableError(
            f"{path}: the header has the rows {', '.join(map(shown, header))}; "
            "name the one of the targets with --target"
        )
    kept = [
        place
        for place in range(len(header[named]))
        if all(header[name][place] == wanted for name, wanted in where.items())
    ]
    if not kept:
        raise TableError(f"{path} has no column that fits --where; look at the rows of its header")
    inside = cells.iloc[:, [place + 1 for place in kept]]
    style = _style(pd.Series(inside.to_numpy().ravel()), path)
    targets = [header[named][place] for place in kept]
    rows = cells[0].tolist()
    matrix = matrix_of("source", rows, targets, inside, style, path)
    return long_of(matrix, value, path)[0]


def _header(sheet: Sheet) -> tuple[dict[str, list[str]], pd.DataFrame]:
    """Return the rows of a header by their names, and the cells below.

    pandas writes a header of several rows so: each begins with its name, and a last one names the index and
    is empty otherwise.
    """
    rows = [list(sheet.header), *sheet.cells.head(HEADERS).to_numpy().tolist()]
    last = next((k for k, row in enumerate(rows[1:], 1) if not any(cell.strip() for cell in row[1:])), None)
    if last is None:
        return {tidy(sheet.header[0]) or "columns": list(map(tidy, sheet.header[1:]))}, sheet.cells
    header = {tidy(row[0]): list(map(tidy, row[1:])) for row in rows[:last]}
    return header, sheet.cells.iloc[last:].reset_index(drop=True)
