"""Taskonomy's own splits: CSV files ``id,train,val,test`` with a 1 in the split of each building."""

import csv
from pathlib import Path

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
        text = file.read_text("utf-8-sig")  # the published files end their lines in bare carriage returns
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"data.splits: {file} cannot be read ({error})") from None
    rows = csv.DictReader(text.splitlines())
    if rows.fieldnames is None or not {"id", *COLUMNS} <= set(rows.fieldnames):
        raise DataError(f"data.splits: {file} must have the columns id,train,val,test")
    splits: dict[str, str] = {}
    for row in rows:
        chosen = [name for name in COLUMNS if (row[name] or "").strip() == "1"]
        if len(chosen) != 1 or row["id"].lower() in splits:
            raise DataError(f"data.splits: {file} must give {row['id']!r} one split, once")
        splits[row["id"].lower()] = chosen[0]
    return splits
