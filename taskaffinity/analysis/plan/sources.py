"""What each source needs and costs: the table ``sources.csv``.

Names of sources are for people. What a source needs is read from this table, and where there is none, every
source needs the labels of the task of its name, all of them, and nothing else.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from taskaffinity.analysis.cells import read_cells
from taskaffinity.errors import TableError
from taskaffinity.names import tidy

FILE = "sources.csv"
TEXT_COLUMNS = ("kind", "title", "group")
NUMBER_COLUMNS = ("encoder_operations", "encoder_parameters", "training_operations")
COLUMNS = ("source", "kind", "title", "group", "labels", *NUMBER_COLUMNS)


@dataclass(frozen=True)
class SourceRecord:
    """One row of ``sources.csv``.

    Attributes
    ----------
    source
        Its name, as in source sets.
    labels
        The share, in (0, 1], that it needs of the labels of each task; empty where it needs none.
    kind, title, group
        For people; the program does not read them.
    encoder_operations
        Multiply-adds of its encoder for one image; None where unknown.
    encoder_parameters
        Parameters of its encoder; None where unknown.
    training_operations
        Multiply-adds of its training; None where unknown.
    """

    source: str
    labels: Mapping[str, float] = field(default_factory=dict)
    kind: str = ""
    title: str = ""
    group: str = ""
    encoder_operations: float | None = None
    encoder_parameters: float | None = None
    training_operations: float | None = None


def default_record(source: str) -> SourceRecord:
    """Return what is assumed of a source without a row: it needs all labels of the task of its name."""
    return SourceRecord(source, {source: 1.0})


def read_sources(path: Path) -> tuple[SourceRecord, ...]:
    """Read ``sources.csv``.

    Parameters
    ----------
    path
        A CSV. Only the column ``source`` is needed; ``docs/formats.md`` has the others.

    Raises
    ------
    TableError
        The file cannot be read, lacks the column, names a source twice, or has a cell that cannot be used;
        the message names the line.
    """
    rows = read_cells(path, ["source"])
    return _records((f"{path}: line {line}", cells) for line, cells in rows)


def source_records(table: pd.DataFrame) -> tuple[SourceRecord, ...]:
    """Return the records of a frame with the columns of ``sources.csv``; empty cells may be missing values.

    Raises
    ------
    TableError
        As `read_sources`; the message names the row, counted from 1.
    """
    if "source" not in table:
        raise TableError("the table of sources has no column 'source'; add it")
    text = table.astype(object).where(table.notna(), "").astype(str)
    return _records(
        (f"sources: row {row}", {str(name): tidy(cell) for name, cell in cells.items()})
        for row, cells in enumerate(text.to_dict("records"), start=1)
    )


def _records(rows: Iterable[tuple[str, Mapping[str, str]]]) -> tuple[SourceRecord, ...]:
    """Return the record of each row; rows have the place that an error names."""
    records: dict[str, SourceRecord] = {}
    for place, cells in rows:
        record = _record(cells, place)
        if record.source in records:
            raise TableError(f"{place} repeats source {record.source!r}; keep one row")
        records[record.source] = record
    return tuple(records.values())


def _record(cells: Mapping[str, str], place: str) -> SourceRecord:
    name = cells["source"]
    if not name:
        raise TableError(f"{place} has no source; fill it in")
    labels = read_labels(cells["labels"], f"{place} ({name})") if "labels" in cells else {name: 1.0}
    text: dict[str, Any] = {column: cells.get(column, "") for column in TEXT_COLUMNS}
    amounts: dict[str, Any] = {
        column: _amount(cells.get(column, ""), f"{place} ({name}): {column}") for column in NUMBER_COLUMNS
    }
    return SourceRecord(name, labels, **text, **amounts)


def read_labels(text: str, place: str) -> dict[str, float]:
    """Read what labels a source needs.

    Parameters
    ----------
    text
        Tasks joined by ``;``, each with its share after ``:``; a share of 1 may be left out. Empty for none.
    place
        What an error calls the text.

    Examples
    --------
    >>> read_labels("depth_zbuffer:0.1; normal", "line 2")
    {'depth_zbuffer': 0.1, 'normal': 1.0}
    """
    labels: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        task, colon, written = (piece.strip() for piece in part.partition(":"))
        try:
            share = float(written) if colon else 1.0
        except ValueError:
            share = math.nan
        if not task or not 0 < share <= 1:
            raise TableError(
                f"{place} has labels {part!r}; write a task, or task:share with a share above 0 and up to 1"
            )
        if task in labels:
            raise TableError(f"{place} names the labels of {task!r} twice; keep one")
        labels[task] = share
    return labels


def write_labels(labels: Mapping[str, float]) -> str:
    """Write what labels a source needs, as `read_labels` reads it."""
    return ";".join(task if share == 1 else f"{task}:{share!r}" for task, share in labels.items())


def frame_of(records: Iterable[SourceRecord]) -> pd.DataFrame:
    """Return records as a frame with the columns of ``sources.csv``, a row each."""
    rows = [
        {**{name: getattr(record, name) for name in COLUMNS}, "labels": write_labels(record.labels)}
        for record in records
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype(dict.fromkeys(NUMBER_COLUMNS, float))


def write_sources(records: Iterable[SourceRecord], path: Path) -> None:
    """Write ``sources.csv`` whole and rename it into place."""
    from taskaffinity.analysis.tables import write_table

    write_table(frame_of(records), Path(path))


def _amount(text: str, what: str) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise TableError(f"{what} is {text!r}; give a number of at least 0, or leave it empty")
    return number
