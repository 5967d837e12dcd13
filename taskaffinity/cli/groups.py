"""``taskaffinity groups``: which tasks to train together, within a budget of computation."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskaffinity.cli import options

if TYPE_CHECKING:
    from taskaffinity.analysis.groups import Grouping


class Basis(StrEnum):
    """What the losses of networks of three and more tasks are taken from."""

    ALL = "all"
    PAIRS = "pairs"


def command(
    networks: Annotated[
        Path,
        typer.Argument(
            metavar="NETWORKS", help="CSV (network, cost, target, loss) of networks to choose among."
        ),
    ],
    compute: Annotated[
        str,
        typer.Option(
            metavar="AMOUNTS", help="What the networks may cost together, joined by commas: 1,1.5,50%."
        ),
    ],
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The same networks, measured elsewhere, to report the choice on."),
    ] = None,
    basis: Annotated[
        Basis,
        typer.Option(
            "--from", help="Take losses as measured, or predict networks of 3 and more tasks from pairs."
        ),
    ] = Basis.ALL,
    higher_is_better: Annotated[
        bool, typer.Option("--higher-is-better", help="The losses are accuracies, gains, or the like.")
    ] = False,
    time_limit: options.TimeLimit = 600.0,
    as_json: options.AsJson = False,
) -> None:
    """Choose networks that serve all targets within a budget, so that the sum of losses is least.

    \b
    Example:
      taskaffinity groups validation.csv --compute 1,1.5,2 --report test.csv
      taskaffinity groups validation.csv --compute 2 --from pairs --report test.csv --json
      taskaffinity groups early.csv --compute 2 --report test.csv
    """
    from taskaffinity.analysis.groups import choose, from_pairs, read_networks

    table = read_networks(networks, higher_is_better)
    other = None if report is None else read_networks(report, higher_is_better)
    table = from_pairs(table) if basis is Basis.PAIRS else table
    groupings = choose(table, options.amounts(compute), report=other, time_limit=time_limit)
    if as_json:
        records = [grouping.to_record() for grouping in groupings]
        typer.echo(json.dumps(records, ensure_ascii=False, allow_nan=False))
        return
    typer.echo(describe(groupings))


def describe(groupings: "list[Grouping]") -> str:
    """Write groupings for people."""
    head = ("compute", "cost", "loss", "reported", "networks", "")
    rows = [
        (
            f"{one.compute:g}",
            f"{one.cost:g}",
            f"{one.loss:.5f}",
            "-" if one.report_loss is None else f"{one.report_loss:.5f}",
            ", ".join(one.networks),
            "" if one.status == "optimal" else f"not proven: at most {100 * one.gap:.2f} % from the best",
        )
        for one in groupings
    ]
    return options.table(head, rows)
