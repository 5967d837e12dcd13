"""The columns of a table in a file, with the right types, or an error of one line that says why not.

A table is CSV or Parquet. What people keep besides is read as well, with a line that says what it was taken
for: other delimiters, decimal commas, other encodings, compressed files, Feather, and matrices.
"""

import csv
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.analysis.figures import AmbiguousError, Style, number_of, style_of
from taskaffinity.analysis.opening import head_of, open_content
from taskaffinity.analysis.text import DELIMITERS, Sheet, sheet_of
from taskaffinity.analysis.wide import Matrix, long_of, matrix_of
from taskaffinity.errors import TableError
from taskaffinity.names import shown, tidy

KEY = ("target", "sources")
TEXT = (*KEY, "image")
SIZE, SEED = "transfer_size", "seed"

_WHOLE = (SIZE, SEED)  # columns of whole numbers
_EMPTY = ["", "nan", "NaN", "NA", "null", "None"]  # what a CSV may hold in place of a number
_MISSING_INDEX = ("", "index", "unnamed: 0", "level_0")  # what exports call a column of row numbers

_log = logging.getLogger(__name__)


def read_columns(
    path: Path, text: Sequence[str], numbers: Sequence[str], required: Sequence[str], wide: str | None = None
) -> pd.DataFrame:
    """Read the wanted columns of a file.

    Parameters
    ----------
    path
        A CSV or Parquet file, or another of those that the module's text names.
    text
        Columns of names, read as categories.
    numbers
        Columns of numbers, read as float64 (transfer sizes and seeds as Int64) where they are there.
    required
        Columns that have to be there.
    wide
        The column that the numbers of a matrix make, with ``target`` and ``sources``; None where a matrix
        will not do.

    Returns
    -------
    DataFrame
        The rows of the file in their order, those columns alone.

    Raises
    ------
    TableError
        The file cannot be read, is empty, lacks a column, or holds text where a number belongs.
    """
    notes: tuple[str, ...] = ()
    frame = _plain_csv(path, text, numbers, required)
    if frame is None:
        frame, notes = _any_table(path, (*text, *numbers), required, wide)
    require_columns(frame, required, path)
    style = _style(frame, numbers, path)
    columns = {name: _as_text(frame[name], path) for name in text}
    columns |= {name: _as_number(frame[name], style, path) for name in numbers if name in frame}
    if style is not Style.POINT:
        notes = (*notes, f"numbers with {style.value}")
    if notes:
        _log.warning("%s: taken for %s", path, ", ".join(notes))
    return pd.DataFrame(columns)


def require_columns(table: pd.DataFrame, required: Sequence[str], origin: object) -> None:
    """Raise `TableError` where a table lacks a column or has no rows."""
    missing = [name for name in required if name not in table]
    if missing:
        there = ", ".join(map(shown, table.columns)) or "none"
        raise TableError(
            f"{origin} has no column {missing[0]!r} (there are: {shown(there)}); add or rename one"
        )
    if table.empty:
        raise TableError(f"{origin} has no rows; give a table with at least one")


def place(origin: object, row: int) -> str:
    """Name a row as the reader of a file counts: lines of a CSV below its header, else rows from 1."""
    return f"line {row + 2}" if str(origin).endswith(".csv") else f"row {row + 1}"


def _plain_csv(
    path: Path, text: Sequence[str], numbers: Sequence[str], required: Sequence[str]
) -> pd.DataFrame | None:
    """Read a CSV as we write them, quickly; None where it is something else, or has a fault."""
    head = head_of(path)
    header = _header_of(head)
    if header is None or not set(required) <= set(header) or len(set(header)) < len(header):
        return None
    types: Any = dict.fromkeys(text, str)
    empty = dict.fromkeys(numbers, _EMPTY)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the header
            frame = pd.read_csv(
                path, dtype=types, keep_default_na=False, na_values=empty, index_col=False, low_memory=False
            )
    except (OSError, ValueError, OverflowError, pd.errors.ParserWarning):
        return None  # the slower reader says what is wrong
    odd = [name for name in _WHOLE if name in frame and not pd.api.types.is_integer_dtype(frame[name])]
    return None if any(not _is_number(frame[name]) for name in numbers if name in frame) or odd else frame


def _is_number(column: pd.Series) -> bool:
    numeric = pd.api.types.is_numeric_dtype(column.dtype)
    return bool(numeric and not pd.api.types.is_bool_dtype(column.dtype))


def _header_of(head: bytes) -> list[str] | None:
    """Return the first row of a UTF-8 CSV with commas; None where the bytes are none."""
    line, _, _ = head.partition(b"\n")
    try:
        row = next(csv.reader([line.decode("utf-8-sig").rstrip("\r")]), None)
    except (UnicodeDecodeError, csv.Error):
        return None
    return row if row and "\0" not in "".join(row) else None


def _any_table(
    path: Path, wanted: Sequence[str], required: Sequence[str], wide: str | None
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read any kind of file; with what it was taken for."""
    content = open_content(path)
    if content.frame is not None:
        frame, notes = _named(content.frame, list(content.frame.columns), wanted, path), content.notes
        if wide is None or not _may_be_matrix(frame, required):
            return frame, notes
        matrix = _matrix_of_frame(content.frame, path)
    else:
        assert content.text is not None
        sheet = sheet_of(content.text, path, wanted)
        notes = content.notes
        if sheet.delimiter != ",":
            notes = (*notes, f"text parted by {DELIMITERS[sheet.delimiter]}")
        frame = _named(sheet.cells, sheet.header, wanted, path)
        if wide is None or not _may_be_matrix(frame, required):
            return frame, notes
        matrix = _matrix_of_sheet(sheet, path)
    if matrix is None:
        return frame, notes
    table, note = long_of(matrix, str(wide), path)
    return table, (*notes, note)


def _may_be_matrix(frame: pd.DataFrame, required: Sequence[str]) -> bool:
    """Tell whether a frame lacks the columns of a table; one of their names may stand in its corner."""
    present = [name for name in frame.columns if name in required]
    return not present or (len(present) == 1 and frame.columns[0] == present[0])


def _named(cells: pd.DataFrame, header: Sequence[object], wanted: Sequence[str], path: Path) -> pd.DataFrame:
    """Return a frame whose wanted columns have their names, however those are written in the header."""
    names = [_column_name(name) if _column_name(name) in wanted else name for name in header]
    twice = next((name for place, name in enumerate(names) if name in wanted and name in names[:place]), None)
    if twice is not None:
        raise TableError(f"{path} has two columns {twice!r}; keep one")
    return cells.set_axis(pd.Index(names, dtype=object), axis=1)


def _column_name(name: object) -> str:
    return tidy(str(name)).lower().replace(" ", "_")


def _matrix_of_sheet(sheet: Sheet, path: Path) -> Matrix | None:
    """Return the matrix that a sheet of text is; None where it is none."""
    if len(sheet.header) < 2 or sheet.cells.empty:
        return None
    columns = list(sheet.header[1:])
    cells = sheet.cells.iloc[:, 1:]
    while columns and not columns[-1].strip() and (cells.iloc[:, -1].str.strip() == "").all():
        columns, cells = columns[:-1], cells.iloc[:, :-1]  # what a spreadsheet leaves at the right border
    texts = pd.unique(cells.to_numpy().ravel())
    if sum(number_of(text, Style.POINT) is not None or "," in text for text in texts) * 2 < len(texts):
        return None
    kept = (sheet.cells != "").any(axis=1)
    rows = sheet.cells.loc[kept, 0].tolist()
    return matrix_of(sheet.header[0], rows, columns, cells[kept], _style_of(texts, path), path)


def _matrix_of_frame(frame: pd.DataFrame, path: Path) -> Matrix | None:
    """Return the matrix that a frame is, names in its index or first column; None where it is none."""
    corner = str(frame.index.name or "")
    if isinstance(frame.index, pd.RangeIndex) and frame.shape[1] > 1:
        corner = str(frame.columns[0])
        corner = "" if corner.lower() in _MISSING_INDEX else corner
        frame = frame.set_index(frame.columns[0])
    if frame.empty or not all(_is_number(frame[name]) for name in frame.columns):
        return None
    return matrix_of(corner, list(frame.index), list(frame.columns), frame, Style.POINT, path)


def _style(frame: pd.DataFrame, numbers: Sequence[str], path: Path) -> Style:
    """Tell how the numbers of a table are written."""
    texts = [frame[name] for name in numbers if name in frame and not _is_number(frame[name])]
    unique = pd.unique(pd.concat(texts).dropna().astype(str)) if texts else []
    return _style_of(unique, path)


def _style_of(texts: Any, path: Path) -> Style:
    try:
        return style_of(texts)
    except AmbiguousError as error:
        raise TableError(
            f"{path}: {shown(error)} can be read with a decimal comma or as thousands; "
            "write numbers with a decimal point"
        ) from None


def _as_text(column: pd.Series, path: Path) -> pd.Series:
    """Return a column of names; whole numbers will do for images alone."""
    if column.name == "image" and pd.api.types.is_integer_dtype(column.dtype):
        column = column.astype(str)
    try:
        names = column.astype("category").cat.categories
    except (TypeError, ValueError, NotImplementedError):
        raise TableError(f"{path}: column {column.name!r} does not hold names; write text in it") from None
    if not all(isinstance(name, str) for name in names):
        raise TableError(f"{path}: column {column.name!r} is {column.dtype}, not text; write names in it")
    return column.astype("category")


def _as_number(column: pd.Series, style: Style, path: Path) -> pd.Series:
    """Return a column of numbers; empty cells become NaN, or NA in columns of whole numbers."""
    if _is_number(column):
        numbers = column.astype("Float64").to_numpy("float64", na_value=np.nan)
    else:
        read = {text: number_of(str(text), style) for text in pd.unique(column.dropna())}
        faulty = column.map(lambda text: read.get(text, 0.0) is None).to_numpy(bool)
        _refuse(faulty, column, "a number", path)
        numbers = column.map(read).astype("float64").to_numpy()
    if column.name not in _WHOLE:
        return pd.Series(numbers, index=column.index)
    whole = (numbers % 1 == 0) & (np.abs(numbers) < 2.0**63)
    _refuse(~np.isnan(numbers) & ~whole, column, "a whole number of 64 bits", path)
    return _whole_numbers(column, numbers, style, path)


def _whole_numbers(column: pd.Series, numbers: np.ndarray, style: Style, path: Path) -> pd.Series:
    """Return whole numbers without a detour through floats, which hold 53 bits."""
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.astype("Int64")
    if _is_number(column):
        return pd.Series(numbers, index=column.index).astype("Int64")
    if style is Style.POINT:
        grouped = column.astype(str).str.fullmatch(r"\s*[1-9]\d{0,2}(\.\d{3})+\s*").to_numpy(bool)
        _refuse(grouped, column, "a whole number without points between its thousands", path)
    exact = {text: _exact(str(text), number) for text, number in zip(column, numbers, strict=True)}
    return column.map(exact).astype("Int64")


def _exact(text: str, number: float) -> Any:
    try:
        return int(text)
    except ValueError:
        return pd.NA if np.isnan(number) else int(number)


def _refuse(faulty: np.ndarray, column: pd.Series, wanted: str, path: Path) -> None:
    """Raise for the first faulty row of a column."""
    if faulty.any():
        row = int(np.flatnonzero(faulty)[0])
        given = shown(column.iloc[row])[:40]
        raise TableError(f"{path}: {place(path, row)} has {given!r} as its {column.name}; write {wanted}")
