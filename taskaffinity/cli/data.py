"""``taskaffinity data``: look at a data set before running on it, or make one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from taskaffinity.data.doctor import DataFindings, DomainsFindings

    Progress = Callable[[str, int], Callable[[int], None]]

app = typer.Typer(
    help="Look at a data set before running on it, or make one.", no_args_is_help=True, rich_markup_mode=None
)


@app.callback()
def _group() -> None:
    """Look at a data set before running on it, or make one."""


@app.command("check")
def check(
    path: Annotated[Path, typer.Argument(help="The folder, or a YAML config of data in several domains.")],
    layout: Annotated[
        Literal["taskonomy", "rgbd", "images", "domains"] | None,
        typer.Option(help="How the folder is laid out; found out when left out."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check every file of a data set before a run.

    Prints what is there, what is missing or broken, and which tasks can run. Of several domains (the layout
    `domains`: images whose first folder is their domain), it prints how a sample of their images and labels
    differ.

    \b
    Examples:
      taskaffinity data check frames --layout rgbd
      taskaffinity data check digits --layout domains
      taskaffinity data check examples/digits.yaml
    """
    from taskaffinity.cli.progress import Watch
    from taskaffinity.text import one_line

    with Watch() as watch:
        findings = _examined(path, layout, watch.step)
    if as_json:
        typer.echo(json.dumps(findings.record()))
        return
    for line in findings.lines():
        typer.echo(one_line(line))


def _examined(path: Path, layout: str | None, progress: "Progress") -> "DataFindings | DomainsFindings":
    """Examine a folder, or the data that a configuration names."""
    from taskaffinity.config import DomainsData, load, parse
    from taskaffinity.data.doctor import detect_layout, examine, examine_domains
    from taskaffinity.errors import InputError

    if path.suffix in (".yaml", ".yml") and path.is_file():
        section = load(path).data
        if not isinstance(section, DomainsData):
            raise InputError(f"{path} names data of kind {section.kind}; give their folder")
        return examine_domains(section.reader(), progress)
    if layout == "domains":
        whole = parse({"data": {"kind": "domains", "of": {"kind": "images", "path": str(path)}}})
        return examine_domains(whole.data.reader(), progress)
    return examine(path, layout or detect_layout(path), progress)


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
