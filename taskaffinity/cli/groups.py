"""``taskaffinity groups``: which tasks to train together, within a budget of computation."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from taskaffinity.cli import options
from taskaffinity.errors import InputError

if TYPE_CHECKING:
    from taskaffinity.analysis.groups import NetworkChoice


ALL, PAIRS = "all", "pairs"


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
        str,
        typer.Option(
            "--from",
            metavar=f"{ALL}|{PAIRS}",
            help="Take losses as measured, or predict networks of 3 and more tasks from pairs.",
            show_default=True,
        ),
    ] = ALL,
    higher_is_better: Annotated[
        bool, typer.Option("--higher-is-better", help="The losses are accuracies, gains, or the like.")
    ] = False,
    time_limit: options.TimeLimit = 600.0,
    as_json: options.AsJson = False,
) -> None:
    """Choose which networks of one or several tasks to run.

    The networks must predict all targets and fit the budget of computation; the sum of the losses is
    minimised.

    \b
    Examples:
      taskaffinity groups validation.csv --compute 1,1.5,2 --report test.csv
      taskaffinity groups validation.csv --compute 2 --from pairs --report test.csv --json
      taskaffinity groups early.csv --compute 2 --report test.csv
    """
    from taskaffinity.analysis.groups import choose, from_pairs, read_networks

    if basis not in (ALL, PAIRS):
        raise InputError(f"--from {basis!r} is unknown; choose from {ALL}, {PAIRS}")
    table = read_networks(networks, higher_is_better)
    other = None if report is None else read_networks(report, higher_is_better)
    table = from_pairs(table) if basis == PAIRS else table
    groupings = choose(table, options.amounts(compute), report=other, time_limit=time_limit)
    if as_json:
        records = [grouping.to_record() for grouping in groupings]
        typer.echo(json.dumps(records, ensure_ascii=False, allow_nan=False))
        return
    typer.echo(describe(groupings))


def describe(groupings: "list[NetworkChoice]") -> str:
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
