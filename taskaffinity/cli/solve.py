"""``taskaffinity solve``: the best plan within its budgets."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from taskaffinity.cli import options
from taskaffinity.errors import InputError

if TYPE_CHECKING:
    from taskaffinity.analysis.plan import PlanOptions, PlanTables, Taxonomy

EXPLAINABLE = 60  # variables


def command(
    measured: options.Measured,
    budget: options.Budget = None,
    compute: options.Compute = None,
    encoders: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Most encoders to run; not with --budget.  [default: no limit]",
            show_default=False,
        ),
    ] = None,
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
    solver: options.SolverName = "highs",
    time_limit: options.TimeLimit = 600.0,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print x, c, A and b of a small program before its solution.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Find the best plan within budgets of labels and computation.

    A plan says which labels to buy, which encoders to run, and which sources each target transfers from.

    \b
    Examples:
      taskaffinity solve results/rooms --budget 3
      taskaffinity solve results/rooms --budget 3 --compute 50%
      taskaffinity solve results/backbones --encoders 2 --compute 1G
      taskaffinity solve all_affinities.pkl --budget 8 --order 2 --gain wins_vs_pixels.pkl --json
    """
    from taskaffinity.analysis.plan import solve
    from taskaffinity.analysis.plan.encoders import solve_with_at_most

    if budget is None and compute is None and encoders is None:
        raise InputError("solve needs a budget; give --budget for labels, --compute for computation, or both")
    if encoders is not None and (budget is not None or explain):
        raise InputError("--encoders goes with neither --budget nor --explain; leave one out")
    compute = "100%" if encoders is not None and compute is None else compute
    affinities = options.measured(measured, gain, quality, sources)
    asked = options.Asked(
        objective, importance, label_cost, compute_cost, exclude, require, novel, transfer_size
    )
    plan = affinities.plan_options(budget=budget, compute=compute, order=order, **asked.read())
    if explain and not as_json:
        typer.echo(explanation(affinities.tables, plan) + "\n")
    if encoders is None:
        taxonomy = solve(affinities.tables, plan, solver=solver, time_limit=time_limit)
    else:
        taxonomy = solve_with_at_most(encoders, affinities.tables, plan, solver=solver, time_limit=time_limit)
    if as_json:
        typer.echo(json.dumps(taxonomy.to_record(), ensure_ascii=False, allow_nan=False))
        return
    typer.echo(describe(taxonomy))
    if said := options.hint(affinities):
        typer.echo(said, err=True)


def explanation(tables: "PlanTables", plan: "PlanOptions") -> str:
    """Write the program as matrices.

    Raises
    ------
    InputError
        It is too large to read.
    """
    from taskaffinity.analysis.plan import build, explain

    problem = build(tables, plan)
    variables = len(problem.program.items.names) + len(problem.program.target)
    if variables > EXPLAINABLE:
        raise InputError(
            f"the program has {variables} variables; --explain writes out at most {EXPLAINABLE}, "
            "so give fewer tasks or a lower --order"
        )
    return explain(problem.program, problem.capacity)


def describe(taxonomy: "Taxonomy") -> str:
    """Write a plan for people."""
    from taskaffinity.analysis.plan.options import write_compute
    from taskaffinity.runs.plan_view import spent

    rows = [
        (
            t.target,
            "own network" if t.sources == (t.target,) else " + ".join(t.sources),
            t.affinity,
            t.gain,
            t.quality,
        )
        for t in taxonomy.transfers
    ]
    labels = [task if share == 1 else f"{task} ({share:.0%})" for task, share in taxonomy.labels.items()]
    lines = [options.table(("target", "from", "affinity", "gain", "quality"), rows), ""]
    lines.append(f"supervise     {', '.join(labels) or 'nothing'}")
    if set(taxonomy.sources) != set(taxonomy.labels):
        lines.append(f"use           {', '.join(taxonomy.sources)}")
    lines.append(f"label cost    {spent(taxonomy.cost, taxonomy.budget)}")
    if taxonomy.compute_used is not None:
        lines.append(f"compute       {spent(taxonomy.compute_used, taxonomy.compute, write_compute)}")
    lines.append(f"objective     {taxonomy.objective:.5f} ({_terms(taxonomy)})")
    means = {"gain": taxonomy.mean_gain, "quality": taxonomy.mean_quality}
    lines += [f"{f'mean {name}':<14}{value:.3f}" for name, value in means.items() if value is not None]
    return "\n".join(lines)


def _terms(taxonomy: "Taxonomy") -> str:
    """Say what was maximised, over what, and whether it was proven."""
    terms = f"{taxonomy.objective_kind}, order {taxonomy.order}"
    if taxonomy.status == "optimal":
        return f"{terms}, proven optimal"
    return f"{terms}, not proven: at most {100 * taxonomy.gap:.2f} % below the best"
