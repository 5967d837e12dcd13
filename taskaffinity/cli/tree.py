"""``taskaffinity tree``: which tasks transfer alike."""

import json
from typing import Annotated

import typer

from taskaffinity.cli import options


def command(
    measured: options.Measured,
    clusters: Annotated[int, typer.Option(help="Groups to cut the tree into.")] = 4,
    as_json: options.AsJson = False,
) -> None:
    """Group tasks that transfer to others in a similar way.

    Prints the groups, and the whole tree in the Newick format.

    \b
    Example:
      taskaffinity tree all_affinities.pkl --clusters 4
    """
    from taskaffinity.analysis.tree import grow

    tree = grow(options.measured(measured, None, None).affinities)
    record = tree.to_record(clusters)
    if as_json:
        typer.echo(json.dumps(record, ensure_ascii=False, allow_nan=False))
        return
    for number, names in enumerate(record["clusters"], start=1):
        typer.echo(f"{number:>3}  {', '.join(names)}")
    typer.echo(f"\n{record['newick']}")
