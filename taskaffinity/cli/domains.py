"""``taskaffinity domains``: what adaptation from one domain to another is worth."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskaffinity.cli import options
from taskaffinity.errors import InputError

if TYPE_CHECKING:
    from taskaffinity.runs.domains import AdaptationRow


def command(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN...", help="Run folders; several are runs of other seeds.")
    ],
    as_json: options.AsJson = False,
) -> None:
    """Show how networks do that were adapted from one domain to another.

    Several runs of the same configuration with other seeds are averaged; intervals are then over the runs, by
    Student's t, else over the test images. The share is of the gap between source only and train on target.

    \b
    Examples:
      taskaffinity domains results/digits
      taskaffinity domains results/digits-0 results/digits-1 results/digits-2 --json
    """
    from taskaffinity.cli.progress import out
    from taskaffinity.runs.domains import ADAPTATION, AdaptationRow, pooled, read_rows
    from taskaffinity.runs.folder import RunFolder
    from taskaffinity.runs.state import require_current

    tables = []
    for run in runs:
        folder = RunFolder(run).require()
        require_current(folder, "affinities.csv")
        rows = read_rows(folder, ADAPTATION, AdaptationRow)
        if not rows:
            raise InputError(f"{run} records no adaptation; see docs/domains.md")
        tables.append(rows)
    rows = tables[0] if len(tables) == 1 else pooled(tables)
    out(json.dumps([row.model_dump() for row in rows]) if as_json else _text(rows))


def _text(rows: "tuple[AdaptationRow, ...]") -> str:
    head = ("task", "from", "to", "method", "metric", "value", "low", "high", "share of gap")
    cells = [
        (
            row.task, row.source_domain, row.target_domain, row.method, row.metric, row.value, row.low,
            row.high, row.share_of_gap,
        )
        for row in rows
    ]  # fmt: skip
    return options.table(head, cells)
