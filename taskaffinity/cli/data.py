"""``taskaffinity data``: look at a data set before running on it."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    help="Look at a data set before running on it.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _group() -> None:
    """Look at a data set before running on it."""


@app.command("check")
def check(
    path: Annotated[Path, typer.Argument(help="The folder.")],
    layout: Annotated[Literal["rgbd", "images"], typer.Option(help="How the folder is laid out.")] = "rgbd",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read every file of a data set and say what is usable, what is not, and which tasks it carries.

    \b
    Example:
      taskaffinity data check frames --layout rgbd
    """
    from taskaffinity.config import parse
    from taskaffinity.data.prepare import make_reader
    from taskaffinity.tasks import discover
    from taskaffinity.training.experiment import is_offered

    reader = make_reader(parse({"data": {"kind": layout, "path": str(path)}}).data)
    units, faults, views = reader.units(), [], 0
    for unit in units:
        batch = reader.read(unit)
        views += len(batch.views)
        faults += batch.faults
    classes = {channel: list(names) for channel, names in reader.classes.items()}
    tasks = [name for name, task in discover().items() if is_offered(task, reader.provides, classes)]
    record = {"layout": layout, "files": len(units), "views": views, "left_out": faults, "tasks": tasks}
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False))
        return
    typer.echo(f"{len(units)} files read, {views} views usable, {len(faults)} left out")
    for fault in faults:
        typer.echo(f"  left out  {fault}")
    typer.echo(f"{len(tasks)} tasks: {', '.join(tasks)}")
