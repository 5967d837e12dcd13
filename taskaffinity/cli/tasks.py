"""``taskaffinity tasks``: the dictionary."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from taskaffinity.tasks import Task

app = typer.Typer(
    help="List the tasks of the dictionary, or show one.", no_args_is_help=True, rich_markup_mode=None
)

Folders = Annotated[
    list[Path] | None, typer.Option("--folder", help="A folder of your own tasks; may be repeated.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_tasks(folder: Folders = None, as_json: AsJson = False) -> None:
    """List all tasks, built-in and your own.

    \b
    Example:
      taskaffinity tasks list --folder my_tasks
    """
    from taskaffinity.tasks import discover

    tasks = list(discover(folder or []).values())
    if as_json:
        typer.echo(json.dumps([record_of(task) for task in tasks], ensure_ascii=False))
        return
    width = max(len(task.name) for task in tasks)
    for task in sorted(tasks, key=lambda t: (t.group, t.name)):
        roles = ", ".join(sorted(task.roles))
        typer.echo(
            f"{task.name:<{width}}  {task.group:<15}  {roles:<14}  {', '.join(carried_by(task)) or '-'}"
        )


@app.command("show")
def show_task(
    name: Annotated[str, typer.Argument(help="The task's name.")],
    folder: Folders = None,
    as_json: AsJson = False,
) -> None:
    """Show the definition of one task.

    \b
    Example:
      taskaffinity tasks show normal
    """
    from taskaffinity.tasks import discover, select

    task = select(discover(folder or []), [name])[name]
    record = record_of(task)
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False))
        return
    for key, value in record.items():
        typer.echo(f"{key:<12} {_plain(value)}")


def record_of(task: "Task") -> dict[str, object]:
    """Return a task as plain values."""
    from taskaffinity.transforms.identity import described

    return {
        "name": task.name,
        "title": task.title,
        "group": task.group,
        "roles": sorted(task.roles),
        "output": repr(task.output) if task.output else None,
        "loss": task.loss_name,
        "metric": task.metric or None,
        "transform": described(task.transform) if task.transform else None,
        "grouping": task.grouping_name,
        "images": task.images,
        "channels": list(task.channels),
        "importance": task.importance,
        "label_cost": task.label_cost,
        "published": task.published,
        "data": carried_by(task),
    }


def carried_by(task: "Task") -> list[str]:
    """Name the data sets that can carry a task."""
    from taskaffinity.config import DATA_SECTIONS
    from taskaffinity.data.derive import can_provide

    needed = ("rgb", *task.channels)
    return [
        name
        for name, section in DATA_SECTIONS.items()
        if all(can_provide(channel, section.can_provide) for channel in needed)
    ]


def _plain(value: object) -> str:
    """Write a value of a record for people."""
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "-"
    return "-" if value is None else str(value)
