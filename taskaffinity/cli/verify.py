"""``taskaffinity verify``: published numbers, computed again."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskaffinity.cli import options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskaffinity.verify import Number

EXIT_MISMATCH = 1


def command(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Holds the published files, at any depth.")
    ],
    as_json: options.AsJson = False,
) -> None:
    """Recompute published numbers from their authors' files.

    Known misprints of the publications are named and do not count as errors. The exit status is 1 if any
    other number does not match, and 2 if none of the files is in the folder.

    \b
    Example:
      taskaffinity verify downloads
    """
    from taskaffinity.verify import verify

    numbers = verify(folder)
    if as_json:
        record = {"numbers": [number.record() for number in numbers]}
        typer.echo(json.dumps(record, ensure_ascii=False, allow_nan=False))
    else:
        typer.echo(text_of(numbers))
    if any(number.status == "mismatch" for number in numbers):
        raise typer.Exit(EXIT_MISMATCH)


def text_of(numbers: "Sequence[Number]") -> str:
    """Write one line a number, and how many are what."""
    rows = [
        (
            number.status,
            number.source,
            number.what,
            _text(number.published),
            _text(number.computed),
            number.note,
        )
        for number in numbers
    ]
    table = options.table(("", "publication", "number", "printed", "computed", ""), rows)
    statuses = [number.status for number in numbers]
    counts = {status: statuses.count(status) for status in ("match", "erratum", "mismatch", "missing")}
    said = f"{counts['match']} match, {counts['erratum']} known errata of the publications, "
    return f"{table}\n\n{said}{counts['mismatch']} mismatch, {counts['missing']} missing"


def _text(value: float | str | None) -> str:
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else value
