"""The best plan by trying every set of sources: the twin of the solver, for small tables.

It reads the tables and the options alone, and shares no code with the solver beyond them.
"""

from itertools import compress

import pandas as pd

from taskaffinity.analysis.names import CONSTANT, RANDOM, SCRATCH, SELF, split
from taskaffinity.analysis.plan.build import PlanTables
from taskaffinity.analysis.plan.options import PlanOptions, Share
from taskaffinity.analysis.plan.sources import SourceRecord, default_record
from taskaffinity.errors import InputError

MOST = 20  # sources: a million sets
ROUNDING = 1e-12  # relative, of sums of costs

Row = tuple[frozenset[str], float, bool]  # sources, value, whether it is the target's own network


def best_objective(tables: PlanTables, options: PlanOptions) -> float | None:
    """Return the highest objective of all plans within the budgets; None where there is none.

    Parameters
    ----------
    tables
        At most `MOST` sources.
    options
        What is asked; an objective of ``affinity`` or ``sqrt``, ``gain`` or ``quality``.

    Raises
    ------
    InputError
        There are too many sources.
    """
    rows = _rows(tables, options)
    named = {name for of_target in rows.values() for sources, _, _ in of_target for name in sources}
    given = {record.source: record for record in tables.sources}
    records = {name: given.get(name, default_record(name)) for name in sorted(named | set(options.required))}
    usable = [
        name
        for name, record in records.items()
        if name not in options.excluded and not {name, *record.labels} & set(options.novel)
    ]
    if len(usable) > MOST:
        raise InputError(f"{len(usable)} sources are too many to try every set of them; give at most {MOST}")
    in_play = {
        name for of_target in rows.values() for sources, _, _ in of_target if sources <= set(usable)
        for name in sources
    } | set(options.required)  # fmt: skip
    compute = options.compute
    if isinstance(compute, Share):
        compute = compute.value * sum(_computation(records[name], options) for name in in_play)
    best = None
    for code in range(1 << len(usable)):
        chosen = list(compress(usable, (code >> i & 1 for i in range(len(usable)))))
        if not set(options.required) <= set(chosen):
            continue
        if options.compute is not None and not _within(
            sum(_computation(records[name], options) for name in chosen), float(compute or 0.0)
        ):
            continue
        value = _value_of(chosen, usable, records, rows, options)
        if value is not None and (best is None or value > best):
            best = value
    return best


def _value_of(
    chosen: list[str], usable: list[str], records: dict[str, SourceRecord], rows: dict[str, list[Row]],
    options: PlanOptions,
) -> float | None:  # fmt: skip
    """Return the objective with the sources chosen and what their labels allow; None beyond the budget."""
    labels: dict[str, float] = {}
    for name in chosen:
        for task, share in records[name].labels.items():
            labels[task] = max(labels.get(task, 0.0), share)
    if options.budget is not None and not _within(
        sum(share * options.label_cost.get(task, 1.0) for task, share in labels.items()), options.budget
    ):
        return None
    have = frozenset(chosen)
    if options.compute is None:
        have = frozenset(name for name in usable if _covers(labels, records[name]))
    total = 0.0
    for target, of_target in rows.items():
        values = [value for sources, value, _ in of_target if sources <= have]
        forced = options.compute is None and target in have and records[target].labels
        own = [value for _, value, is_own in of_target if is_own]
        if forced and own:
            values = own
        if not values:
            return None
        total += options.importance.get(target, 1.0) * max(values)
    return total


def _rows(tables: PlanTables, options: PlanOptions) -> dict[str, list[Row]]:
    """Return the transfers into each target that are no references and within the order."""
    values = _values(tables, options)
    rows: dict[str, list[Row]] = {}
    for target, written, value, size in values.itertuples(index=False):
        of_target = rows.setdefault(str(target), [])
        is_own = written == SELF
        sources = frozenset({str(target)} if is_own else split(str(written)))
        wanted = is_own or size != size or options.transfer_size in (None, size)
        if wanted and not sources & {RANDOM, SCRATCH, CONSTANT} and len(sources) <= (options.order or 1_000):
            of_target.append((sources, float(value), is_own))
    return rows


def _values(tables: PlanTables, options: PlanOptions) -> pd.DataFrame:
    """Return target, sources, what the transfer is worth, and its size, NaN where it has none."""
    table, kind = tables.affinities, options.objective
    if kind in ("gain", "quality"):
        rates = {"gain": tables.gain, "quality": tables.quality}[kind]
        if rates is None:
            raise InputError(f"objective {kind!r} needs a table of {kind}")
        table = table.merge(rates[["target", "sources", kind]], on=["target", "sources"])
    value = table["affinity" if kind in ("affinity", "sqrt") else kind].astype(float)
    if kind == "sqrt":
        value = value.clip(lower=0).pow(0.5).clip(1e-5, 1.0)
    size = table["transfer_size"].astype(float) if "transfer_size" in table else float("nan")
    return table[["target", "sources"]].assign(value=value, size=size)


def _covers(labels: dict[str, float], record: SourceRecord) -> bool:
    return all(labels.get(task, 0.0) >= share for task, share in record.labels.items())


def _computation(record: SourceRecord, options: PlanOptions) -> float:
    cost = options.compute_cost.get(record.source, record.encoder_operations)
    if cost is None:
        raise InputError(f"what source {record.source!r} costs to run is not known")
    return cost


def _within(cost: float, budget: float) -> bool:
    return cost <= budget * (1 + ROUNDING)
