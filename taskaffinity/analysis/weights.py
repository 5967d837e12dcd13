"""Tables of one number per task: the importance of targets, the label cost of sources."""

import json
import math
from collections.abc import Iterable
from pathlib import Path

from taskaffinity.analysis.opening import head_of
from taskaffinity.analysis.reading import read_columns
from taskaffinity.errors import TableError
from taskaffinity.names import alike, fault_in, shown, tidy


def read_weights(path: Path, key: str, value: str) -> dict[str, float]:
    """Read one number per name.

    Parameters
    ----------
    path
        A table with columns `key` and `value`, or a JSON object from name to number.
    key, value
        Names of the columns: ``target`` and ``importance``, or ``source`` and ``label_cost``.

    Returns
    -------
    dict
        Numbers of at least 0 by name; names are tidy (`taskaffinity.names.tidy`).

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
    for given, number in pairs:
        name = tidy(given)
        if fault := fault_in(name):
            raise TableError(f"{path}: {key} {shown(given)!r} {fault}; write a task's name")
        if name in weights:
            raise TableError(f"{path}: {shown(name)!r} stands there twice; keep one")
        weights[name] = _number(number, f"{path}: the {value} of {shown(name)!r}")
    if same := alike(weights):
        one, other = map(shown, same)
        raise TableError(f"{path}: {one!r} and {other!r} differ in case alone; write one name one way")
    return weights


def _from_json(path: Path) -> Iterable[tuple[str, object]]:
    head_of(path)
    try:
        content = json.loads(path.read_text("utf-8-sig"), object_pairs_hook=list)
    except (OSError, ValueError) as error:
        raise TableError(f"{path} is not JSON ({error})") from None
    except RecursionError:
        raise TableError(f"{path} is nested too deeply; give a JSON object from name to number") from None
    if not isinstance(content, list) or not all(isinstance(pair, tuple) for pair in content):
        raise TableError(f"{path} does not hold a JSON object from name to number")
    return content


def _from_table(path: Path, key: str, value: str) -> Iterable[tuple[str, object]]:
    table = read_columns(path, text=(key,), numbers=(value,), required=(key, value))
    return zip(table[key].fillna("").astype(str), table[value], strict=True)


def _number(given: object, what: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise TableError(f"{what} is {shown(given)!r}; give a number of at least 0")
    try:
        number = float(given)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number) or number < 0:
        raise TableError(f"{what} is {shown(given)!r}; give a number of at least 0")
    return number
