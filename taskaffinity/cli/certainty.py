"""``taskaffinity certainty``: how sure a plan is."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from taskaffinity.cli import options

if TYPE_CHECKING:
    from taskaffinity.analysis.certainty import Certainty

SHOWN = 10  # sources, besides those of the plan


def command(
    measured: options.Measured,
    budget: options.Budget = None,
    compute: options.Compute = None,
    order: options.Order = None,
    objective: options.Objective = "affinity",
    sources: options.Sources = None,
    importance: options.Importance = None,
    label_cost: options.LabelCost = None,
    compute_cost: options.ComputeCost = None,
    exclude: options.Exclude = None,
    require: options.Require = None,
    novel: options.Novel = None,
    transfer_size: options.TransferSize = None,
    resamples: Annotated[int, typer.Option(help="How often test images are drawn again.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the resamples.")] = 0,
    as_json: options.AsJson = False,
) -> None:
    """Say how sure the best plan is, from a run or a table of losses.

    The plan is chosen again on resampled test images: how often has it each source and edge? Plans that are
    within the noise of the best are listed as equals, the cheapest first; and the smallest change is named
    that would flip a decision.

    \b
    Examples:
      taskaffinity certainty results/rooms --budget 4
      taskaffinity certainty losses.parquet --budget 4 --json
    """
    from taskaffinity.analysis.certainty import certainty
    from taskaffinity.runs.resampled import open_resampled

    affinities, values = open_resampled(measured, resamples, seed, sources)
    asked = options.Asked(
        objective, importance, label_cost, compute_cost, exclude, require, novel, transfer_size
    )
    plan = affinities.plan_options(budget=budget, compute=compute, order=order, **asked.read())
    found = certainty(affinities.tables, plan, values)
    if as_json:
        typer.echo(json.dumps(found.to_record(), ensure_ascii=False, allow_nan=False))
        return
    typer.echo(describe(found))


def describe(found: "Certainty") -> str:
    """Write how sure a plan is for people."""
    ranked = sorted(found.sources, key=lambda one: (not one.is_used, -one.probability, one.source))
    used = sum(one.is_used for one in ranked)
    sources = [
        (
            one.source,
            "yes" if one.is_used else "no",
            one.probability,
            one.margin,
            ", ".join(one.instead) or "-",
        )
        for one in ranked[: used + SHOWN]
    ]
    edges = [
        (edge.target, _names(edge.sources), edge.probability, edge.margin,
         "-" if edge.runner_up is None else _names(edge.runner_up))
        for edge in found.edges
    ]  # fmt: skip
    equals = [
        (
            ", ".join(one.sources),
            one.cost,
            one.objective,
            "the best" if one.better == 0 else f"{one.better:.0%}",
        )
        for one in found.equals
    ]
    lines = [
        options.table(("source", "used", "probability", "margin", "otherwise with"), sources), "",
        options.table(("target", "from", "probability", "margin", "runner-up"), edges), "",
        options.table(("within the noise of the best", "label cost", "objective", "better in"), equals), "",
        f"the same sources in {found.same:.0%} of {found.resamples} resamples",
    ]  # fmt: skip
    if found.flip is not None and found.flip.margin is not None:
        verb = "leaving out" if found.flip.is_used else "taking"
        lines.append(
            f"easiest to flip: {verb} {found.flip.source} costs {found.flip.margin:.2%} of the objective"
        )
    return "\n".join(lines)


def _names(sources: tuple[str, ...]) -> str:
    return " + ".join(sources)
