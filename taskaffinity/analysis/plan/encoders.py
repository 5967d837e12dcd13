"""Plans with at most so many encoders, whatever they cost.

Such a plan is the program under a budget of labels in which every source needs labels of its own that cost 1:
the budget then counts sources. What the sources really need is put back afterwards.
"""

from dataclasses import replace

from taskaffinity.analysis.plan.build import PlanTables
from taskaffinity.analysis.plan.options import PlanOptions, Share
from taskaffinity.analysis.plan.result import Taxonomy
from taskaffinity.analysis.plan.solver import TIME_LIMIT, solve
from taskaffinity.analysis.plan.sources import SourceRecord, default_record
from taskaffinity.errors import InputError
from taskaffinity.names import RESERVED, SELF, split


def solve_with_at_most(
    encoders: int,
    tables: PlanTables,
    options: PlanOptions,
    *,
    solver: str = "highs",
    time_limit: float | None = TIME_LIMIT,
) -> Taxonomy:
    """Choose at most so many encoders, and a transfer into every target.

    Parameters
    ----------
    encoders
        Most encoders to run, at least 1.
    tables
        What is known of the transfers; what every source costs to run is known.
    options
        As for `solve`. Labels are not limited: `budget` must be None. ``compute`` may be.
    solver, time_limit
        As for `solve`.

    Raises
    ------
    InputError
        `encoders` is below 1, or a budget of labels is given.
    """
    if encoders < 1:
        raise InputError(f"at most {encoders} encoders serve nothing; give 1 or more")
    if options.budget is not None:
        raise InputError("the number of encoders and the cost of labels cannot both be limited; choose one")
    records = _records(tables)
    novel = {
        name for name, record in records.items() if not set(options.novel).isdisjoint(record.labels)
    } - set(options.novel)
    counted = replace(
        tables, sources=tuple(replace(record, labels={name: 1.0}) for name, record in records.items())
    )
    asked = replace(
        options, budget=encoders, compute=Share(1.0) if options.compute is None else options.compute,
        label_cost={}, excluded={*options.excluded, *novel},
    )  # fmt: skip
    plan = solve(counted, asked, solver=solver, time_limit=time_limit)
    labels = labels_of(plan.sources, records)
    cost = sum(share * options.label_cost.get(task, 1.0) for task, share in labels.items())
    return replace(
        plan, budget=None, cost=float(cost), labels=labels,
        compute=None if options.compute is None else plan.compute,
    )  # fmt: skip


def labels_of(sources: tuple[str, ...], records: dict[str, SourceRecord]) -> dict[str, float]:
    """Return the share of the labels of each task that some sources need together."""
    labels: dict[str, float] = {}
    for source in sources:
        for task, share in records[source].labels.items():
            labels[task] = max(share, labels.get(task, 0.0))
    return dict(sorted(labels.items()))


def _records(tables: PlanTables) -> dict[str, SourceRecord]:
    """Return a record of every source that a transfer names."""
    given = {record.source: record for record in tables.sources}
    pairs = zip(tables.affinities["target"], tables.affinities["sources"], strict=True)
    names = {name for target, text in pairs for name in ((target,) if text == SELF else split(text))}
    return {name: given.get(name, default_record(name)) for name in sorted(names - set(RESERVED))}
