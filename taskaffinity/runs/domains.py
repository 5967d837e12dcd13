"""What a run over several domains records: ``domains.csv`` and ``generalisation.csv``."""

import io
from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

import pandas as pd
from pydantic import Field, ValidationError

from taskaffinity.errors import InputError
from taskaffinity.runs.files import DAMAGED, read_bytes
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.place import damaged
from taskaffinity.runs.record import Number, Record, fault_of

ADAPTATION, GENERALISATION = "domains.csv", "generalisation.csv"
Name = Annotated[str, Field(min_length=1)]


class AdaptationRow(Record):
    """A method of adaptation for a task, from one domain to another.

    Attributes
    ----------
    task
        Its name, without a domain.
    source_domain, target_domain
        Where labels come from, and where it is tested.
    method
        ``source_only`` to ``train_on_target``.
    metric
        ``accuracy``, of which more is better, or ``loss``.
    value, low, high
        Mean over test images, and its 95 % interval.
    share_of_gap
        Of the gap between source only and train on target; None where it is not defined.
    """

    task: Name
    source_domain: Name
    target_domain: Name
    method: Name
    metric: Literal["accuracy", "loss"]
    value: Number
    low: Number
    high: Number
    share_of_gap: Number | None = None


class GeneralisationRow(Record):
    """A method that was trained on all domains but the one it is tested on.

    Attributes
    ----------
    task, target_domain, method, metric, value, low, high
        As in `AdaptationRow`.
    selection
        How the model was chosen.
    strength
        Of the chosen model.
    """

    task: Name
    target_domain: Name
    method: Name
    selection: Name
    strength: Number
    metric: Literal["accuracy", "loss"]
    value: Number
    low: Number
    high: Number


Row = TypeVar("Row", bound=Record)


def pooled(tables: Sequence[Sequence[AdaptationRow]]) -> tuple[AdaptationRow, ...]:
    """Average the rows of several runs that differ by their seeds.

    Raises
    ------
    InputError
        The runs did not measure the same methods.
    """
    from taskaffinity.analysis.domains import pool_runs

    found = [
        {(r.task, r.source_domain, r.target_domain, r.metric, r.method): r.value for r in rows}
        for rows in tables
    ]
    if any(set(one) != set(found[0]) for one in found):
        raise InputError("the runs adapted other tasks, domains or methods; give runs of one configuration")
    result: list[AdaptationRow] = []
    for pair in dict.fromkeys(key[:4] for key in found[0]):
        task, source, target, metric = pair
        methods = {key[4]: [one[key] for one in found] for key in found[0] if key[:4] == pair}
        result += [
            AdaptationRow(task=task, source_domain=source, target_domain=target, metric=metric, **vars(one))
            for one in pool_runs(methods, metric)
        ]
    return tuple(result)


def write_rows(folder: RunFolder, file: str, kind: type[Row], rows: Sequence[Row]) -> None:
    """Write a table with the columns of its kind of row; without rows, remove it."""
    frame = pd.DataFrame([row.model_dump() for row in rows], columns=list(kind.model_fields))
    folder.put_table(file, frame)


def read_rows(folder: RunFolder, file: str, kind: type[Row]) -> tuple[Row, ...]:
    """Read a table; nothing where there is none.

    Raises
    ------
    RunError
        The file is damaged.
    """
    path = folder.file(file)
    if not path.is_file():
        return ()
    try:
        frame = pd.read_csv(io.BytesIO(read_bytes(path)), keep_default_na=False, na_values=[""])
        plain = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return tuple(kind.model_validate(row) for row in plain)
    except ValidationError as error:
        raise damaged(path, ValueError(fault_of(error))) from None
    except (*DAMAGED, MemoryError) as error:
        raise damaged(path, error) from None
