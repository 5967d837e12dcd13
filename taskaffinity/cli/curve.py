"""``taskaffinity curve``: what each budget buys."""

import json
import re
from typing import Annotated, Any

import typer

from taskaffinity.cli import options
from taskaffinity.errors import InputError


def command(
    measured: options.Measured,
    budgets: Annotated[
        str | None,
        typer.Option(
            metavar="FIRST:LAST", help="Or numbers joined by commas.  [default: 1 to the number of sources]"
        ),
    ] = None,
    order: Annotated[
        list[int] | None,
        typer.Option(help="Most sources of one transfer; may be repeated.  [default: as measured]"),
    ] = None,
    random: Annotated[int, typer.Option(help="Random policies to hold each taxonomy against.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of the random policies.")] = 0,
    objective: options.Objective = "affinity",
    gain: options.Gain = None,
    quality: options.Quality = None,
    importance: options.Importance = None,
    label_cost: options.LabelCost = None,
    exclude: options.Exclude = None,
    require: options.Require = None,
    novel: options.Novel = None,
    solver: options.SolverName = "highs",
    time_limit: options.TimeLimit = None,
    as_json: options.AsJson = False,
) -> None:
    """Solve every budget, and hold each taxonomy against random policies that spend as much.

    \b
    Example:
      taskaffinity curve results/rooms --budgets 1:8
      taskaffinity curve all_affinities.pkl --budgets 1:22 --gain wins_vs_pixels.pkl --quality
      wins_vs_task.pkl
    """
    from taskaffinity.analysis.curve import curve

    wanted = read_budgets(budgets) if budgets is not None else None
    found = options.measured(measured, gain, quality)
    given = options.program_options(found, importance, label_cost, exclude, require, novel)
    given |= {"objective": objective, "solver": solver, "time_limit": time_limit}
    every = wanted or [float(budget) for budget in range(1, len(found.buyable) + 1)]
    records = curve(found.affinities, every, orders=order or [None], random=random, seed=seed, **given)
    if as_json:
        typer.echo(json.dumps(records, ensure_ascii=False, allow_nan=False))
        return
    typer.echo(describe(records))
    if said := options.hint(found):
        typer.echo(said, err=True)


def read_budgets(text: str) -> list[float]:
    """Read ``FIRST:LAST`` or numbers joined by commas.

    Raises
    ------
    InputError
        The text is neither, or a budget is below 1.
    """
    span = re.fullmatch(r"(-?\d+):(-?\d+)", text.strip())
    try:
        wanted = (
            [float(n) for n in range(int(span[1]), int(span[2]) + 1)]
            if span
            else [float(part) for part in text.split(",")]
        )
    except ValueError:
        wanted = []
    if not wanted:
        raise InputError(
            f"budgets {text!r} are neither FIRST:LAST nor numbers joined by commas; give e.g. 1:22"
        )
    if not all(budget >= 1 for budget in wanted):
        raise InputError(f"budget {min(wanted):g} is below 1; give what the sources may cost together")
    return wanted


def describe(records: list[dict[str, Any]]) -> str:
    """Write a curve for people."""
    measure = next((m for m in ("gain", "quality") if records[0][f"mean_{m}"] is not None), "objective")
    head = (
        "order",
        "budget",
        "objective",
        "gain",
        "quality",
        f"random {measure}",
        "5 %",
        "95 %",
        "p",
        "supervise",
    )
    rows = []
    for record in records:
        chance = (record["random"] or {}).get(measure) or {}
        known = [record[name] for name in ("order", "budget", "objective", "mean_gain", "mean_quality")]
        beside = [chance.get(name) for name in ("p50", "p5", "p95")]
        rows.append((*known, *beside, record["p_value"], ", ".join(record["sources"])))
    return options.table(head, rows)
