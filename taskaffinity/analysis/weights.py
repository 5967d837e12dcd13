"""Tables of one number per task: the importance of targets, the label cost of sources."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from taskaffinity.errors import TableError


def read_weights(path: Path, key: str, value: str) -> dict[str, float]:
    """Read one number per name.

    Parameters
    ----------
    path
        A CSV or Parquet table with columns `key` and `value`, or a JSON object from name to number.
    key, value
        Names of the columns: ``target`` and ``importance``, or ``source`` and ``label_cost``.

    Raises
    ------
    TableError
        The file cannot be read, lacks a column, repeats a name, or holds something that is not a number of at
        least 0.
    """
    path = Path(path)
    if not path.is_file():
        raise TableError(f"{path} is not a file; give a CSV with columns {key},{value}")
    pairs = _from_json(path) if path.suffix == ".json" else _from_table(path, key, value)
    weights: dict[str, float] = {}
    for name, given in pairs:
        if name in weights:
            raise TableError(f"{path}: {name!r} stands there twice; keep one")
        weights[name] = _number(given, f"{path}: the {value} of {name!r}")
    return weights


def _from_json(path: Path) -> list[tuple[str, object]]:
    try:
        content = json.loads(path.read_text("utf-8"), object_pairs_hook=list)
    except (OSError, ValueError) as error:
        raise TableError(f"{path} is not JSON ({error})") from None
    if not isinstance(content, list) or not all(isinstance(pair, tuple) for pair in content):
        raise TableError(f"{path} does not hold a JSON object from name to number")
    return content


def _from_table(path: Path, key: str, value: str) -> list[tuple[str, object]]:
    try:
        table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={key: str})
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise TableError(f"{path} cannot be read ({reason}); give a CSV with columns {key},{value}") from None
    missing = [name for name in (key, value) if name not in table]
    if missing:
        raise TableError(f"{path} has no column {missing[0]!r}; give a CSV with columns {key},{value}")
    return list(zip(table[key], table[value], strict=True))


def _number(given: object, what: str) -> float:
    try:
        number = float(given)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        number = np.nan
    if isinstance(given, bool) or not np.isfinite(number) or number < 0:
        raise TableError(f"{what} is {given!r}; give a number of at least 0")
    return number
