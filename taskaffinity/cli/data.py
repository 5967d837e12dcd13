"""``taskaffinity data``: look at a data set before running on it, or make one."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    help="Look at a data set before running on it, or make one.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _group() -> None:
    """Look at a data set before running on it, or make one."""


@app.command("check")
def check(
    path: Annotated[Path, typer.Argument(help="The folder.")],
    layout: Annotated[
        Literal["taskonomy", "rgbd", "images"] | None,
        typer.Option(help="How the folder is laid out; found out when left out."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check every file of a data set before a run.

    Prints what is there, what is missing or broken, and which tasks can run.

    \b
    Example:
      taskaffinity data check frames --layout rgbd
    """
    from taskaffinity.cli.progress import Watch
    from taskaffinity.data.doctor import detect_layout, examine
    from taskaffinity.text import one_line

    layout_found = layout or detect_layout(path)
    with Watch() as watch:
        findings = examine(path, layout_found, watch.step)
    if as_json:
        typer.echo(json.dumps(findings.record()))
        return
    for line in findings.lines():
        typer.echo(one_line(line))


@app.command("digits")
def digits(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make digits in four domains from what installed packages ship.

    They are MNIST (5,000 digits), MNIST-M (the same over patches of photographs), optdigits, and digits drawn
    from fonts, in DOMAIN/train and DOMAIN/test. It needs the extra `digits`.

    \b
    Example:
      taskaffinity data digits digits
    """
    from taskaffinity.data.digits import make_digits

    made = make_digits(folder)
    if as_json:
        typer.echo(json.dumps({"folder": str(made.folder), "images": made.images}))
        return
    for domain, parts in made.images.items():
        typer.echo(f"{domain}: {', '.join(f'{count} {part}' for part, count in parts.items())}")
    typer.echo(f"written to {made.folder}; run examples/digits.yaml with --set data.of.path={made.folder}")
