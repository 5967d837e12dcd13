"""``taskaffinity solve``: the best taxonomy within a budget."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from taskaffinity.cli import options
from taskaffinity.errors import InputError

if TYPE_CHECKING:
    from taskaffinity.analysis.taxonomy import Taxonomy
    from taskaffinity.runs.affinities import Affinities

EXPLAINABLE = 60  # variables


def command(
    measured: options.Measured,
    budget: Annotated[float, typer.Option(help="What the sources may cost together; at least 1.")],
    order: Annotated[
        int | None,
        typer.Option(help="Most sources of one transfer.  [default: as measured]", show_default=False),
    ] = None,
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
    explain: Annotated[
        bool, typer.Option("--explain", help="Print x, c, A and b of a small program before its solution.")
    ] = False,
    as_json: options.AsJson = False,
) -> None:
    """Choose which tasks to supervise within a budget, and what every target transfers from.

    \b
    Example:
      taskaffinity solve results/rooms --budget 3
      taskaffinity solve all_affinities.pkl --budget 8 --order 2 --gain wins_vs_pixels.pkl --json
    """
    from taskaffinity.analysis.taxonomy import solve

    found = options.measured(measured, gain, quality)
    given = options.program_options(found, importance, label_cost, exclude, require, novel)
    given |= {"order": order, "objective": objective}
    if explain and not as_json:
        typer.echo(explanation(found, budget, given) + "\n")
    taxonomy = solve(found.affinities, budget, solver=solver, time_limit=time_limit, **given)
    if as_json:
        typer.echo(json.dumps(taxonomy.to_record(), ensure_ascii=False, allow_nan=False))
        return
    typer.echo(describe(taxonomy))
    if said := options.hint(found):
        typer.echo(said, err=True)


def explanation(found: "Affinities", budget: float, given: dict[str, Any]) -> str:
    """Write the program as matrices.

    Raises
    ------
    InputError
        It is too large to read.
    """
    from taskaffinity.analysis.taxonomy import build, explain
    from taskaffinity.analysis.taxonomy.solver import check_budget

    check_budget(budget)
    program = build(found.affinities, **given)
    variables = len(program.sources) + len(program.target)
    if variables > EXPLAINABLE:
        raise InputError(
            f"the program has {variables} variables; --explain writes out at most {EXPLAINABLE}, "
            "so give fewer tasks or a lower --order"
        )
    return explain(program, budget)


def describe(taxonomy: "Taxonomy") -> str:
    """Write a taxonomy for people."""
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
    lines = [
        options.table(("target", "from", "affinity", "gain", "quality"), rows),
        "",
        f"supervise  {', '.join(taxonomy.sources)}",
        f"cost       {taxonomy.cost:g} of {taxonomy.budget:g}",
        f"objective  {taxonomy.objective:.5f} ({_terms(taxonomy)})",
    ]
    means = {"gain": taxonomy.mean_gain, "quality": taxonomy.mean_quality}
    lines += [f"{f'mean {name}':<13}{value:.3f}" for name, value in means.items() if value is not None]
    return "\n".join(lines)


def _terms(taxonomy: "Taxonomy") -> str:
    """Say what was maximised, over what, and whether it was proven."""
    terms = f"{taxonomy.objective_kind}, order {taxonomy.order}"
    if taxonomy.status == "optimal":
        return f"{terms}, proven optimal"
    return f"{terms}, not proven: at most {100 * taxonomy.gap:.2f} % below the best"
