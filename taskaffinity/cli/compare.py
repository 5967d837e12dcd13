"""``taskaffinity compare``: whether two measurements agree."""

import json
from pathlib import Path
from typing import Annotated

import typer

from taskaffinity.cli import options


def command(
    first: Annotated[Path, typer.Argument(metavar="A", help="A run, a table, or a published .pkl.")],
    second: Annotated[
        Path, typer.Argument(metavar="B", help="Another; names are matched by the dictionary.")
    ],
    as_json: options.AsJson = False,
) -> None:
    """Compare how two measurements rank the sources of each target.

    Prints Spearman's rho for every target that both have.

    \b
    Example:
      taskaffinity compare results/kitchen all_affinities.pkl
    """
    from taskaffinity.analysis.compare import compare

    tables = [options.measured(path, None, None).affinities for path in (first, second)]
    found = compare(*tables)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, allow_nan=False))
        return
    for target, why in found["left_out"].items():
        typer.echo(f"note: {target} left out: {why}", err=True)
    rows = [*found["targets"].items(), ("mean", found["mean"])]
    typer.echo(options.table(("target", "rho"), rows))
