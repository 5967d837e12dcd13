"""Tables of affinities, win rates and losses: checked, laid out as matrices, written whole.

`taskaffinity.analysis.reading` opens the files.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.analysis.opening import head_of, is_pickle
from taskaffinity.analysis.reading import KEY, SEED, SIZE, TEXT, place, read_columns, require_columns
from taskaffinity.errors import TableError
from taskaffinity.names import (
    RESERVED,
    alike,
    fault_in,
    fault_of,
    hidden_in,
    is_reserved,
    order_of,
    shown,
    split,
    tidy,
    written,
)

_ODD = re.compile(r"[^ -~\n]|  |^ | $", re.MULTILINE)  # what plain names do not hold

RATES = ("gain", "quality")  # win rates: shares in [0, 1]


def read_table(path: Path, value: str) -> pd.DataFrame:
    """Read a table of one value per transfer.

    Parameters
    ----------
    path
        CSV, Parquet, one of Taskonomy's published ``.pkl`` files, or another kind of file that
        ``docs/formats.md`` names; a matrix of sources and targets as well.
    value
        Name of the value's column: ``affinity``, ``gain``, ``quality`` or ``loss``.

    Returns
    -------
    DataFrame
        Columns ``target``, ``sources`` (members in alphabetical order), `value`, and of ``low``, ``high``,
        ``transfer_size`` those that are there; other columns are left out. One row per transfer, in the order
        of the file. Values are finite; bounds and transfer sizes may be empty.

    Raises
    ------
    TableError
        The file cannot be read, is empty, lacks a column, or has a row that cannot be used.
    """
    path = Path(path)
    if is_pickle(path, head_of(path)):
        from taskaffinity.analysis.published import published_table

        table = published_table(path, value)
    else:
        numbers = (value, "low", "high", SIZE)
        table = read_columns(path, text=KEY, numbers=numbers, required=(*KEY, value), wide=value)
    return checked_table(table, value, path)


def checked_table(table: pd.DataFrame, value: str, path: Path) -> pd.DataFrame:
    """Return a table of one value per transfer with everything about it checked.

    Parameters
    ----------
    table
        Columns ``target``, ``sources`` and `value`.
    value
        As for `read_table`.
    path
        What errors call it.

    Returns
    -------
    DataFrame
        As `read_table` returns it.

    Raises
    ------
    TableError
        A row cannot be used.
    """
    table = _checked_names(table, path)
    _refuse(table, table[value].isna(), path, f"has no {value}; fill it in or remove the row")
    _refuse(table, ~np.isfinite(table[value]), path, f"has an infinite {value}; remove the row")
    if value in RATES:
        outside = (table[value] < 0) | (table[value] > 1)
        _refuse(table, outside, path, f"has a {value} outside [0, 1]; give win rates as shares")
    _refuse_repeats(table, [*KEY, SIZE], path)
    return table.astype(dict.fromkeys(KEY, str))


def read_losses(path: Path) -> pd.DataFrame:
    """Read a losses table, as ``docs/formats.md`` describes it.

    Parameters
    ----------
    path
        CSV or Parquet.

    Returns
    -------
    DataFrame
        As `checked_losses` returns it.

    Raises
    ------
    TableError
        The file cannot be read, is empty, lacks a column, or measures the same thing twice.
    """
    path = Path(path)
    required = (*KEY, "image", "loss")
    losses = read_columns(path, text=TEXT, numbers=("loss", SIZE, SEED), required=required)
    return checked_losses(losses, path)


def require_same_names(tables: Iterable[tuple[str, pd.DataFrame | None]]) -> None:
    """Raise where two tables that belong together write one name in two cases.

    Parameters
    ----------
    tables
        What an error calls each table, and the table as `read_table` returns it, or None.

    Raises
    ------
    TableError
        Names both spellings and the tables.
    """
    names: dict[str, str] = {}  # the table that a name was first seen in
    for origin, table in tables:
        if table is None:
            continue
        members = {name for sources in table["sources"].unique() for name in split(str(sources))}
        for name in sorted(members | set(table["target"].unique())):
            names.setdefault(name, origin)
    if same := alike(names):
        one, other = same
        raise TableError(
            f"{names[other]} writes {shown(other)!r}, {names[one]} {shown(one)!r}; write one name one way"
        )


def checked_losses(losses: pd.DataFrame, origin: object = "losses") -> pd.DataFrame:
    """Return a losses table with its names checked and its source sets in alphabetical order.

    Parameters
    ----------
    losses
        Columns ``target``, ``sources``, ``image`` and ``loss``, optionally ``transfer_size`` and ``seed``.
    origin
        What an error calls the table.

    Returns
    -------
    DataFrame
        The same columns, names as categories. A loss is NaN where the image has no label and infinite where
        the transfer diverged.

    Raises
    ------
    TableError
        The table is empty, lacks a column, or measures the same thing twice.
    """
    require_columns(losses, (*KEY, "image", "loss"), origin)
    losses = _checked_names(losses, origin)
    _refuse(losses, losses["loss"] == -np.inf, origin, "has a loss of minus infinity; lower is better")
    _refuse_repeats(losses, [*TEXT, SIZE, SEED], origin)
    return losses


def matrix(table: pd.DataFrame, value: str) -> pd.DataFrame:
    """Lay out a table as a matrix of first-order transfers.

    Parameters
    ----------
    table
        As `read_table` returns it. Of several transfer sizes, the largest is taken.
    value
        The column to lay out.

    Returns
    -------
    DataFrame
        Targets × sources in alphabetical order, reserved names last; NaN where there is no such transfer.
    """
    first = table[table["sources"].map(order_of) == 1]
    if SIZE in first:
        first = first.sort_values(SIZE, na_position="first", kind="stable")
    last = first.drop_duplicates(list(KEY), keep="last")
    wide = last.pivot(index="target", columns="sources", values=value)
    names = sorted(set(wide.columns) - set(RESERVED)) + [name for name in RESERVED if name in wide.columns]
    return wide.sort_index()[names]


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table whole and rename it into place: Parquet where the name ends in ``.parquet``, else CSV."""
    from taskaffinity.runs.files import write_atomically

    path = Path(path)
    parquet = path.suffix == ".parquet"
    content = table.to_parquet(None, index=False) if parquet else table.to_csv(index=False).encode()
    write_atomically(path, content)


def _checked_names(table: pd.DataFrame, origin: object) -> pd.DataFrame:
    """Return the table with names as categories, tidy and every one checked, source sets as we write them."""
    table = table.reset_index(drop=True)
    for name in TEXT:
        if name in table:
            column = table[name].astype("category").cat.remove_unused_categories()
            table[name] = _respelled(column, written if name == "sources" else tidy)
            _refuse(table, table[name].isna() | (table[name] == ""), origin, f"has no {name}; fill it in")
    if "image" in table:
        _refuse_names(table, "image", hidden_in, origin, "write it without")
    _refuse_names(table, "target", _fault_of_target, origin, "a target is one task, and not a reserved name")
    _refuse_names(table, "sources", fault_of, origin, "write tasks joined by '+'")
    members = {name for sources in table["sources"].cat.categories for name in split(sources)}
    if same := alike([*table["target"].cat.categories, *sorted(members)]):
        one, other = map(shown, same)
        raise TableError(f"{origin}: {one!r} and {other!r} differ in case alone; write one name one way")
    return table


def _fault_of_target(target: str) -> str | None:
    if is_reserved(target) or order_of(target) > 1:
        return "is no target"
    return fault_in(target)


def _refuse_names(
    table: pd.DataFrame, column: str, fault: Callable[[str], str | None], origin: object, advice: str
) -> None:
    """Raise for the first name of a column that has a fault."""
    categories = table[column].cat.categories
    if column == "image" and _are_plain(categories):
        return
    for name in categories:
        if said := fault(name):
            message = f"has {column} {shown(name)!r}, which {said}; {advice}"
            _refuse(table, table[column] == name, origin, message)


def _respelled(column: pd.Series, spell: Callable[[str], str]) -> pd.Series:
    """Return a column of categories with every name normalised; categories that become equal are merged."""
    names = column.cat.categories
    if spell is tidy and _are_plain(names):
        return column
    codes, spelled = pd.factorize(pd.Index([spell(name) for name in names], dtype=object), sort=True)
    old = column.cat.codes.to_numpy()
    new = np.where(old < 0, -1, codes[old]) if len(codes) else old
    return pd.Series(
        pd.Categorical.from_codes(new, categories=pd.Index(spelled, dtype=str)), index=column.index
    )


def _are_plain(names: pd.Index) -> bool:
    """Tell, in one pass over many names, whether there is nothing to tidy: ASCII, no odd blanks."""
    return _ODD.search("\n".join(names)) is None


def _refuse(table: pd.DataFrame, faulty: Any, origin: object, message: str) -> None:
    """Raise for the first faulty row, naming it."""
    rows = np.flatnonzero(faulty)
    if len(rows):
        first = table.iloc[rows[0]]
        names = " from ".join(shown(first[name]) for name in KEY if not pd.isna(first[name]) and first[name])
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        raise TableError(f"{origin}: {place(origin, int(rows[0]))} ({names}){more} {message}")


def _refuse_repeats(table: pd.DataFrame, identity: Sequence[str], origin: object) -> None:
    """Raise where two rows agree in all columns of their identity that are there."""
    columns = table[[name for name in identity if name in table]]
    again = columns.duplicated()
    if again.any():
        position = int(np.flatnonzero(again)[0])
        same = columns.iloc[: position + 1].groupby(list(columns), dropna=False, observed=True).ngroup()
        earlier = place(origin, int(np.flatnonzero(same.to_numpy() == same.iloc[position])[0]))
        _refuse(table, again, origin, f"repeats {earlier}; keep one of them")
