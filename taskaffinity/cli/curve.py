"""``taskaffinity curve``: what each budget buys."""

import json
from typing import Annotated, Any

import typer

from taskaffinity.cli import options
from taskaffinity.errors import InputError


def command(
    measured: options.Measured,
    budgets: Annotated[
        str | None,
        typer.Option(
            metavar="FIRST:LAST",
            help="Of labels; or numbers joined by commas.  [default: 1 to the number of sources]",
        ),
    ] = None,
    compute: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNTS",
            help="Of computation: FIRST:LAST, or amounts or shares joined by commas.  [default: no limit]",
        ),
    ] = None,
    order: Annotated[
        list[int] | None,
        typer.Option(help="Most sources of one transfer; may be repeated.  [default: as measured]"),
    ] = None,
    random: Annotated[int, typer.Option(help="Random policies to compare each plan with.")] = 1000,
    seed: Annotated[int, typer.Option(help="Of the random policies.")] = 0,
    objective: options.Objective = "affinity",
    gain: options.Gain = None,
    quality: options.Quality = None,
    sources: options.Sources = None,
    importance: options.Importance = None,
    label_cost: options.LabelCost = None,
    compute_cost: options.ComputeCost = None,
    exclude: options.Exclude = None,
    require: options.Require = None,
    novel: options.Novel = None,
    transfer_size: options.TransferSize = None,
    solver: options.SolverName = "highs",
    time_limit: options.TimeLimit = 600.0,
    as_json: options.AsJson = False,
) -> None:
    """Solve many budgets, and compare each plan with random policies.

    Random policies have the same budget. With budgets of labels and of computation, every pair is solved.

    \b
    Examples:
      taskaffinity curve results/rooms --budgets 1:8
      taskaffinity curve results/rooms --compute 10%,20%,50%
      taskaffinity curve all_affinities.pkl --budgets 1:22 --gain wins_vs_pixels.pkl --quality
      wins_vs_task.pkl
    """
    from taskaffinity.analysis.curve import curve

    amounts: list[str | None] = [*options.amounts(compute)] if compute is not None else [None]
    wanted: list[float | None] = [*read_budgets(budgets)] if budgets is not None else [None]
    affinities = options.measured(measured, gain, quality, sources)
    if budgets is None and compute is None:
        wanted = [float(budget) for budget in range(1, len(affinities.buyable) + 1)]
    asked = options.Asked(
        objective, importance, label_cost, compute_cost, exclude, require, novel, transfer_size
    ).read()
    steps = [
        affinities.plan_options(budget=budget, compute=amount, order=highest, **asked)
        for highest in order or (None,)
        for budget in wanted
        for amount in amounts
    ]
    records = curve(affinities.tables, steps, random=random, seed=seed, solver=solver, time_limit=time_limit)
    if as_json:
        typer.echo(json.dumps(records, ensure_ascii=False, allow_nan=False))
        return
    typer.echo(describe(records))
    if said := options.hint(affinities):
        typer.echo(said, err=True)


def read_budgets(text: str) -> list[float]:
    """Read ``FIRST:LAST`` or numbers joined by commas.

    Raises
    ------
    InputError
        The text is neither.
    """
    try:
        return [float(part) for part in options.amounts(text)]
    except ValueError:
        raise InputError(
            f"budgets {text!r} are neither FIRST:LAST nor numbers joined by commas; give e.g. 1:22"
        ) from None


def describe(records: list[dict[str, Any]]) -> str:
    """Write a curve for people."""
    from taskaffinity.analysis.plan.options import write_compute

    measure = next((m for m in ("gain", "quality") if records[0][f"mean_{m}"] is not None), "objective")
    limits = [name for name in ("budget", "compute") if records[0][name] is not None]
    head = (
        "order", *limits, "objective", "gain", "quality", f"random {measure}", "5 %", "95 %", "p",
        "supervise" if limits == ["budget"] else "use",
    )  # fmt: skip
    rows = []
    for record in records:
        chance = (record["random"] or {}).get(measure) or {}
        if record["compute"] is not None:
            record = {**record, "compute": write_compute(record["compute"])}
        plan_values = [record[name] for name in ("order", *limits, "objective", "mean_gain", "mean_quality")]
        beside = [chance.get(name) for name in ("p50", "p5", "p95")]
        rows.append((*plan_values, *beside, record["p_value"], ", ".join(record["sources"])))
    return options.table(head, rows)
