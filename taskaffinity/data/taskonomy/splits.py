"""Taskonomy's own splits: CSV files ``id,train,val,test`` with a 1 in the split of each building."""

import csv
from pathlib import Path

from taskaffinity.data.faults import UnreadableError, read_small
from taskaffinity.errors import DataError

COLUMNS = ("train", "val", "test")


def read_splits(file: Path) -> dict[str, str]:
    """Read which split each building belongs to: ``train``, ``val`` or ``test``, by its name in lower case.

    Raises
    ------
    DataError
        It is missing, has other columns, or gives a building no split or two.
    """
    try:
        text = read_small(file).decode("utf-8-sig")
        # The published files end their lines in bare carriage returns.
        rows = list(csv.DictReader(text.splitlines(), restval=""))
    except (UnreadableError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"data.splits: {file} cannot be read ({error})") from None
    if not rows or not {"id", *COLUMNS} <= set(rows[0]):
        raise DataError(f"data.splits: {file} must have the columns id,train,val,test and a line a building")
    splits: dict[str, str] = {}
    for row in rows:
        chosen = [name for name in COLUMNS if row[name].strip() == "1"]
        if len(chosen) != 1 or row["id"].lower() in splits:
            raise DataError(f"data.splits: {file} must give {row['id']!r} one split, once")
        splits[row["id"].lower()] = chosen[0]
    return splits
