"""The columns of a CSV or Parquet file, as the types they ought to have, or one line that says why not."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.errors import TableError

KEY = ("target", "sources")
TEXT = (*KEY, "image")
SIZE, SEED = "transfer_size", "seed"

_WHOLE = (SIZE, SEED)  # columns of whole numbers
_EMPTY = ["", "nan", "NaN", "NA", "null", "None"]  # what a CSV may hold in place of a number


def read_columns(
    path: Path, text: Sequence[str], numbers: Sequence[str], required: Sequence[str]
) -> pd.DataFrame:
    """Read the wanted columns of a file.

    Parameters
    ----------
    path
        A ``.csv`` or ``.parquet`` file.
    text
        Columns of names, read as categories.
    numbers
        Columns of numbers, read as float64 (transfer sizes and seeds as Int64) where they are there.
    required
        Columns that have to be there.

    Returns
    -------
    DataFrame
        The rows of the file in their order, those columns alone.

    Raises
    ------
    TableError
        The file cannot be read, is empty, lacks a column, or holds text where a number belongs.
    """
    if not path.is_file():
        raise TableError(f"{path} is not a file; give a table as .csv or .parquet, or a run folder")
    if path.suffix not in (".csv", ".parquet"):
        raise TableError(f"{path} is neither .csv nor .parquet; give a table of one of these kinds")
    frame = _load(path, text, numbers)
    require_columns(frame, required, path)
    columns = {name: _as_text(frame[name], path) for name in text}
    columns |= {name: _as_number(frame[name], path) for name in numbers if name in frame}
    return pd.DataFrame(columns)


def require_columns(table: pd.DataFrame, required: Sequence[str], origin: object) -> None:
    """Raise `TableError` where a table lacks a column or has no rows."""
    missing = [name for name in required if name not in table]
    if missing:
        there = ", ".join(map(str, table.columns)) or "none"
        raise TableError(f"{origin} has no column {missing[0]!r} (there are: {there}); add or rename one")
    if table.empty:
        raise TableError(f"{origin} has no rows; give a table with at least one")


def place(origin: object, row: int) -> str:
    """Name a row as the reader of a file counts: lines of a CSV below its header, else rows from 1."""
    return f"line {row + 2}" if str(origin).endswith(".csv") else f"row {row + 1}"


def _load(path: Path, text: Sequence[str], numbers: Sequence[str]) -> pd.DataFrame:
    """Read a whole file; what pandas raises becomes one line."""
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        types: Any = dict.fromkeys(text, str)
        empty = dict.fromkeys(numbers, _EMPTY)
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the header
            return pd.read_csv(
                path, dtype=types, keep_default_na=False, na_values=empty, index_col=False, low_memory=False
            )
    except pd.errors.EmptyDataError:
        raise TableError(f"{path} is empty; it needs a header and rows") from None
    except (
        OSError,
        ValueError,
        pd.errors.ParserWarning,
    ) as error:  # pandas' and pyarrow's own errors are kinds of ValueError
        reason = " ".join(str(error).split())
        raise TableError(f"{path} is not a readable table ({reason}); give .csv or .parquet") from None


def _as_text(column: pd.Series, path: Path) -> pd.Series:
    """Return a column of names; whole numbers will do for images alone."""
    if column.name == "image" and pd.api.types.is_integer_dtype(column.dtype):
        column = column.astype(str)
    names = column.astype("category").cat.categories
    if not all(isinstance(name, str) for name in names):
        raise TableError(f"{path}: column {column.name!r} is {column.dtype}, not text; write names in it")
    return column.astype("category")


def _as_number(column: pd.Series, path: Path) -> pd.Series:
    """Return a column of numbers; empty cells become NaN, or NA in columns of whole numbers."""
    numbers = pd.to_numeric(column, errors="coerce").astype("Float64").to_numpy("float64", na_value=np.nan)
    _refuse(np.isnan(numbers) & column.notna().to_numpy(), column, "a number", path)
    if column.name not in _WHOLE:
        return pd.Series(numbers, index=column.index)
    whole = (numbers % 1 == 0) & (np.abs(numbers) < 2.0**63)
    _refuse(~np.isnan(numbers) & ~whole, column, "a whole number of 64 bits", path)
    return pd.to_numeric(column, errors="coerce").astype("Int64")


def _refuse(faulty: np.ndarray, column: pd.Series, wanted: str, path: Path) -> None:
    """Raise for the first faulty row of a column."""
    if faulty.any():
        row = int(np.flatnonzero(faulty)[0])
        found = str(column.iloc[row])[:40]
        raise TableError(f"{path}: {place(path, row)} has {found!r} as its {column.name}; write {wanted}")
