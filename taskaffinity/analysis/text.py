"""Tables of plain text: which character parts their cells, and what their first row says."""

import csv
import io
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from taskaffinity.errors import TableError

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
SAMPLE = 50  # lines that tell the delimiter

_CELL = 1 << 17  # characters of one cell; the csv module's own limit is as large


@dataclass(frozen=True)
class Sheet:
    """Cells of text.

    Attributes
    ----------
    header
        The first row.
    cells
        The rows below it, all text: columns 0, 1, …
    delimiter
        What parts the cells.
    first
        Number of the line of the first row below the header, from 1.
    """

    header: tuple[str, ...]
    cells: pd.DataFrame
    delimiter: str
    first: int


def sheet_of(text: str, path: Path, wanted: Sequence[str]) -> Sheet:
    """Part text into cells.

    Parameters
    ----------
    text
        The file.
    path
        What errors call it.
    wanted
        Columns that are hoped for: a delimiter that gives them is taken, or else the one that parts all
        lines into as many cells.

    Raises
    ------
    TableError
        There is no text, or rows are longer than the header.
    """
    lines = text.splitlines()
    skipped = 0
    while skipped < len(lines) and not lines[skipped].strip():
        skipped += 1
    declared = lines[skipped].strip().strip('"').lower() if skipped < len(lines) else ""
    delimiter = declared[4:] if declared.startswith("sep=") else ""  # the first line of some of Excel's files
    skipped += bool(delimiter)
    sample = [line for line in lines[skipped : skipped + SAMPLE] if line.strip()]
    if not sample:
        raise TableError(f"{path} is empty; it needs a header and rows")
    if delimiter not in DELIMITERS:
        delimiter = _delimiter(sample, wanted)
    header = tuple(_row(lines[skipped], delimiter))
    body = io.StringIO(text)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the header
            cells = pd.read_csv(
                body, sep=delimiter, header=None, names=range(len(header)), skiprows=skipped + 1, dtype=str,
                keep_default_na=False, na_values=[], index_col=False, engine="c", skipinitialspace=True,
            )  # fmt: skip
    except pd.errors.EmptyDataError:
        cells = pd.DataFrame(columns=range(len(header)), dtype=str)
    except (ValueError, OverflowError, pd.errors.ParserWarning) as error:
        reason = " ".join(str(error).split())[:200]
        raise TableError(f"{path} is not a readable table ({reason}); give .csv or .parquet") from None
    return Sheet(header, cells.fillna(""), delimiter, skipped + 2)


def _delimiter(sample: Sequence[str], wanted: Sequence[str]) -> str:
    """Tell which character parts the cells of some lines."""

    def fit(delimiter: str) -> tuple[int, float, int]:
        rows = [_row(line, delimiter) for line in sample]
        names = {name.strip().lower() for name in rows[0]}
        widths = Counter(len(row) for row in rows)
        same = widths[len(rows[0])] / len(rows) if len(rows[0]) > 1 else 0.0
        return sum(name in names for name in wanted), same, len(rows[0])

    return max(DELIMITERS, key=fit)


def _row(line: str, delimiter: str) -> list[str]:
    """Part one line into cells; a line that cannot be parted is one cell."""
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [""])
    except csv.Error:
        return [line[:_CELL]]
