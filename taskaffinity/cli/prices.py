"""``taskaffinity prices``: what labels are worth, and which to buy next."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from taskaffinity.cli import options

if TYPE_CHECKING:
    from taskaffinity.analysis.prices import Prices


def command(
    measured: options.Measured,
    budget: Annotated[float, typer.Option(help="What the labels may cost together.")],
    compute: options.Compute = None,
    order: options.Order = None,
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
    time_limit: options.TimeLimit = 600.0,
    as_json: options.AsJson = False,
) -> None:
    """Say what the labels of each task are worth to the best plan, and which to buy next.

    Everything is found by solving again: with the labels of one task for nothing, without them, at other
    costs, and with a little more or less budget.

    \b
    Examples:
      taskaffinity prices results/rooms --budget 4
      taskaffinity prices all_affinities.pkl --budget 8 --label-cost costs.csv --json
    """
    from taskaffinity.analysis.prices import prices

    affinities = options.measured(measured, gain, quality, sources)
    asked = options.Asked(
        objective, importance, label_cost, compute_cost, exclude, require, novel, transfer_size
    )
    plan = affinities.plan_options(budget=budget, compute=compute, order=order, **asked.read())
    found = prices(affinities.tables, plan, time_limit=time_limit)
    if as_json:
        typer.echo(json.dumps(found.to_record(), ensure_ascii=False, allow_nan=False))
        return
    typer.echo(describe(found))


def describe(found: "Prices") -> str:
    """Write prices for people."""
    rows = [
        (price.task, f"{price.bought:.0%}" if price.bought else "-", price.cost, price.worth, price.next,
         price.break_even)
        for price in sorted(found.labels, key=lambda price: (-(price.worth or 0.0), price.task))
    ]  # fmt: skip
    lines = [options.table(("task", "bought", "cost", "worth", "next", "break-even cost"), rows), ""]
    lines.append(f"objective       {found.plan.objective:.5f} at a label budget of {found.plan.budget:g}")
    lines.append(f"{found.unit:g} more          {found.more:+.5f}")
    if found.less is not None:
        lines.append(f"{found.unit:g} less          {-found.less:+.5f}")
    lines.append(f"label next      {found.label_next or 'nothing: no labels add anything'}")
    return "\n".join(lines)
