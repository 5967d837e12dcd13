"""``taskaffinity report``: write the report of a run again."""

from pathlib import Path
from typing import Annotated

import typer


def command(run: Annotated[Path, typer.Argument(help="A run folder.")]) -> None:
    """Draw the figures and write report.html again, from what the run recorded.

    \b
    Example:
      taskaffinity report results/rooms
    """
    from taskaffinity.cli.progress import Watch, out
    from taskaffinity.pipeline import prepare_run, write_report
    from taskaffinity.store import RunFolder

    folder = RunFolder(run).require()
    with Watch() as watch:
        report = write_report(prepare_run(folder.config(), watch), folder, watch)
    out(f"report   {report}")
