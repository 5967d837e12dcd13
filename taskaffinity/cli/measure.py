"""``taskaffinity measure``: how few transfers would have done."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from taskaffinity.cli import options
from taskaffinity.errors import InputError

if TYPE_CHECKING:
    from taskaffinity.analysis.measure import Replay
    from taskaffinity.analysis.plan import PlanOptions


def command(
    measured: options.Measured,
    share: Annotated[
        str, typer.Option(metavar="SHARE|auto", help="Of the transfers, 0.25 for a quarter.")
    ] = "0.25",
    budgets: Annotated[
        str | None,
        typer.Option(metavar="FIRST:LAST", help="Of labels; or numbers joined by commas.  [default: 2:10]"),
    ] = None,
    starts: Annotated[int, typer.Option(help="How often, from other first transfers each time.")] = 1,
    seed: Annotated[int, typer.Option(help="Of the first start.")] = 0,
    random: Annotated[
        bool, typer.Option("--random", help="Also measure as many at random, for comparison.")
    ] = False,
    order: Annotated[
        int | None,
        typer.Option(help="Most sources of one transfer.  [default: as measured]", show_default=False),
    ] = None,
    sources: options.Sources = None,
    importance: options.Importance = None,
    label_cost: options.LabelCost = None,
    exclude: options.Exclude = None,
    novel: options.Novel = None,
    as_json: options.AsJson = False,
) -> None:
    """Try on a complete table how well plans do when only part of it is measured.

    The affinities are hidden, and uncovered as `transfer.measure` of a run would ask for them. The plans
    from those that were uncovered are compared with the plans from all. Own networks are known from the
    start.

    \b
    Examples:
      taskaffinity measure results/reference --share 0.25 --starts 10
      taskaffinity measure all_affinities.pkl --share 0.15 --order 1 --json
    """
    from taskaffinity.analysis.measure import replay, replay_at_random
    from taskaffinity.analysis.plan import PlanTables
    from taskaffinity.cli.curve import read_budgets
    from taskaffinity.names import order_of

    part = read_share(share)
    if starts < 1:
        raise InputError(f"{starts} starts: give at least 1")
    affinities = options.measured(measured, sources=sources)
    table = affinities.affinities
    if order is not None:
        table = table[[order_of(str(names)) <= order for names in table["sources"]]]
    tables = PlanTables(table, sources=affinities.tables.sources)
    asked = options.Asked("affinity", importance, label_cost, None, exclude, None, novel, None).read()
    steps = [
        affinities.plan_options(budget=budget, **asked) for budget in sorted(read_budgets(budgets or "2:10"))
    ]
    found = {"chosen": [replay(tables, steps, part, seed + start) for start in range(starts)]}
    if random:
        found["random"] = [
            replay_at_random(tables, steps, one.share, seed + start)
            for start, one in enumerate(found["chosen"])
        ]
    if as_json:
        records = {rule: [one.to_record(steps) for one in replays] for rule, replays in found.items()}
        typer.echo(json.dumps(records, allow_nan=False))
        return
    typer.echo(describe(found, steps))


def read_share(text: str) -> float | None:
    """Read a share of the transfers; None for ``auto``.

    Raises
    ------
    InputError
        It is neither.
    """
    if text == "auto":
        return None
    try:
        share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise InputError(f"share {text!r} is not above 0 and up to 1; give e.g. 0.25, or auto")
    return share


def describe(found: "dict[str, list[Replay]]", steps: "Sequence[PlanOptions]") -> str:
    """Write what each rule reached for people."""
    head = ["budget"]
    columns = []
    for rule, replays in found.items():
        reached = np.array([one.reached for one in replays])
        head += [f"{rule}: mean", "worst"]
        columns += [reached.mean(axis=0), reached.min(axis=0)]
    rows = [(f"{step.budget:g}", *(f"{column[k]:.2%}" for column in columns)) for k, step in enumerate(steps)]
    shares = [one.share for one in found["chosen"]]
    said = f"{np.mean(shares):.1%} of the transfers measured, in {len(shares)} starts"
    return f"{options.table(head, rows)}\n\n{said}; the share of the objective of the plan from all of them"
