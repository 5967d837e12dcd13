"""CSV tables of text, cell by cell, with the line of each row for errors."""

import csv
from collections.abc import Sequence
from pathlib import Path

from taskaffinity.errors import TableError
from taskaffinity.names import tidy

Row = tuple[int, dict[str, str]]  # the line in the file, and the cells by column


def read_cells(path: Path, required: Sequence[str]) -> list[Row]:
    """Read a CSV.

    Parameters
    ----------
    path
        A file with a header, cells separated by commas, in UTF-8.
    required
        Columns that must be there.

    Returns
    -------
    list
        The rows that hold anything; white space around cells is gone, and a cell that is missing is empty.

    Raises
    ------
    TableError
        The file cannot be read, lacks a column, names one twice, has no rows, or has a row longer than its
        header.
    """
    wanted = f"give a CSV with columns {','.join(required)}"
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = [tidy(name) for name in next(reader, [])]
            rows = [(reader.line_num, [tidy(cell) for cell in cells]) for cells in reader]
    except (OSError, UnicodeError, csv.Error) as error:
        raise TableError(f"{path} is not a readable table ({error}); {wanted}") from None
    _check_header(header, required, path)
    for line, cells in rows:
        if len(cells) > len(header):
            raise TableError(f"{path}: line {line} has {len(cells)} cells, and the header {len(header)}")
    filled = [(line, cells + [""] * (len(header) - len(cells))) for line, cells in rows if any(cells)]
    if not filled:
        raise TableError(f"{path} has no rows; {wanted}")
    return [(line, dict(zip(header, cells, strict=True))) for line, cells in filled]


def _check_header(header: Sequence[str], required: Sequence[str], path: Path) -> None:
    missing = [name for name in required if name not in header]
    if missing:
        there = ", ".join(header) or "none"
        raise TableError(f"{path} has no column {missing[0]!r} (there are: {there}); add or rename one")
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise TableError(f"{path} has two columns {twice[0]!r}; keep one")
