"""``taskaffinity groups``: which tasks to train together, within a budget of computation."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskaffinity.cli import options
from taskaffinity.errors import InputError

if TYPE_CHECKING:
    from taskaffinity.analysis.groups import NetworkChoice
    from taskaffinity.runs.groups import GroupsOfRun


ALL, PAIRS, EARLY, GRADIENTS = "all", "pairs", "early", "gradients"
TABLES, RUNS = (ALL, PAIRS), (ALL, PAIRS, EARLY, GRADIENTS)


def command(
    networks: Annotated[
        Path,
        typer.Argument(
            metavar="RUN|NETWORKS",
            help="A run with joint networks, or a CSV (network, cost, target, loss) of networks to choose "
            "among.",
        ),
    ],
    compute: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNTS",
            help="What the networks may cost together, joined by commas: 1,1.5,50%. In a run, a task's own "
            "network costs 1.  [default: of a run, 1 to all targets]",
            show_default=False,
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The same networks, measured elsewhere, to report the choice on."),
    ] = None,
    basis: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="|".join(RUNS),
            help="Take losses as measured; predict networks of 3 and more tasks from pairs; take losses "
            "early in training, or what gradients did to other losses (the last two of a run alone).",
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
    minimised. Of a run, losses are relative to those of each task's own network, networks are chosen on
    validation losses, and reported on test losses, beside other bases and random choices.

    \b
    Examples:
      taskaffinity groups runs/joint --compute 1,1.5,2
      taskaffinity groups runs/joint --from pairs
      taskaffinity groups validation.csv --compute 1,1.5,2 --report test.csv
      taskaffinity groups validation.csv --compute 2 --from pairs --report test.csv --json
      taskaffinity groups early.csv --compute 2 --report test.csv
    """
    if networks.is_dir():
        _of_run(networks, compute, basis, time_limit, as_json, report is not None or higher_is_better)
        return
    from taskaffinity.analysis.groups import choose, from_pairs, read_networks

    _require(basis, TABLES)
    if compute is None:
        raise InputError("--compute is needed for a table of networks; give e.g. --compute 1,1.5,2")
    table = read_networks(networks, higher_is_better)
    other = None if report is None else read_networks(report, higher_is_better)
    table = from_pairs(table) if basis == PAIRS else table
    groupings = choose(table, options.amounts(compute), report=other, time_limit=time_limit)
    _print([grouping.to_record() for grouping in groupings] if as_json else describe(groupings))


def _of_run(
    path: Path, compute: str | None, basis: str, time_limit: float, as_json: bool, is_for_tables: bool
) -> None:
    from taskaffinity.runs.groups import groups_of_run

    _require(basis, RUNS)
    if is_for_tables:
        raise InputError("--report and --higher-is-better are for tables of networks; leave them out")
    groups = groups_of_run(path, None if compute is None else options.amounts(compute), basis, time_limit)
    _print(groups.records() if as_json else _described(groups))


def _require(basis: str, among: tuple[str, ...]) -> None:
    if basis not in among:
        where = "" if basis not in RUNS else " for a table of networks"
        raise InputError(f"--from {basis!r} is unknown{where}; choose from {', '.join(among)}")


def _print(shown: str | list[dict[str, Any]]) -> None:
    typer.echo(shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False, allow_nan=False))


def _described(groups: "GroupsOfRun") -> str:
    """Write the groups of a run for people: the choices, and how well every basis does."""
    chosen = [choice for choice in groups.chosen.choices if choice is not None]
    bases = list(groups.bases)
    head = (
        "compute",
        *(f"{name} (ρ {groups.bases[name].rho:.2f})" for name in bases),
        "random",
        "best on test",
    )
    rows = []
    for position, budget in enumerate(groups.budgets):
        reports = [groups.bases[name].choices[position] for name in bases]
        numbers = [None if one is None else one.report_loss for one in reports]
        beside = [groups.random[position], groups.best[position]]
        rows.append((f"{budget:g}", *("-" if n is None else f"{n:.4f}" for n in [*numbers, *beside])))
    said = [
        describe(chosen),
        "",
        "Sum of the test losses, relative to own networks, by what the networks were chosen on:",
        options.table(head, rows),
    ]
    return "\n".join(said)


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
