"""``taskaffinity sources``: the sources of a configuration."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from taskaffinity.sources import Source

app = typer.Typer(
    help="List the sources of a configuration, or show one.", no_args_is_help=True, rich_markup_mode=None
)

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="A YAML config; the default run when left out."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_sources(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the sources of a run, what they need and what they cost.

    \b
    Example:
      taskaffinity sources list --config examples/tiny.yaml
    """
    from taskaffinity.cli.options import table
    from taskaffinity.sources import labels_text

    sources = _sources(config)
    if as_json:
        typer.echo(json.dumps([record_of(source) for source in sources.values()], ensure_ascii=False))
        return
    rows = [
        (name, one.kind, one.group, labels_text(one.labels) or "-", _shape(one), one.encoder_operations)
        for name, one in sources.items()
    ]
    typer.echo(table(("source", "kind", "group", "labels", "encoding", "multiply-adds"), rows))


@app.command("show")
def show_source(
    name: Annotated[str, typer.Argument(help="The source's name.")],
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show one source, what it needs and what it costs.

    \b
    Example:
      taskaffinity sources show normal --config examples/tiny.yaml
    """
    from difflib import get_close_matches

    from taskaffinity.errors import SourceError

    sources = _sources(config)
    if name not in sources:
        near = get_close_matches(name, sources, n=2)
        hint = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise SourceError(f"unknown source {name!r}{hint}; `taskaffinity sources list` names them all")
    record = record_of(sources[name])
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False))
        return
    for key, value in record.items():
        typer.echo(f"{key:<18} {_plain(value)}")


def _sources(config: Path | None) -> "dict[str, Source]":
    from taskaffinity.config import load
    from taskaffinity.pipeline import find_inputs

    return find_inputs(load(config)).sources


def record_of(source: "Source") -> dict[str, object]:
    """Return a source as plain values."""
    return {
        "name": source.name,
        "kind": source.kind,
        "title": source.title,
        "group": source.group,
        "labels": {label.task: label.share for label in source.labels},
        "heads": [head.target for head in source.heads],
        "offered": source.is_offered,
        "encoding": [source.shape.channels, source.shape.rows, source.shape.columns],
        "image": list(source.image.size),
        "precision": source.precision,
        "encoder_operations": source.encoder_operations,
        "encoder_parameters": source.encoder_parameters,
    }


def _shape(source: "Source") -> str:
    return f"{source.shape.channels}×{source.shape.rows}×{source.shape.columns}"


def _plain(value: object) -> str:
    """Write a value of a record for people."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{task} ({share:.0%})" for task, share in value.items()) or "-"
    return ", ".join(map(str, value)) or "-" if isinstance(value, list) else str(value)
