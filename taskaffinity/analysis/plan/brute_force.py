"""The best plan by trying every set of sources: an independent check of the solver, for small tables.

It reads the tables and the options alone, and shares no code with the solver beyond them.
"""

from itertools import compress

import numpy as np

from taskaffinity.analysis.plan.build import PlanTables
from taskaffinity.analysis.plan.options import PlanOptions, Share
from taskaffinity.analysis.plan.sources import SourceRecord, default_record
from taskaffinity.errors import InputError
from taskaffinity.names import CONSTANT, RANDOM, SCRATCH, SELF, split

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
    table, kind = tables.affinities, options.objective
    rates = _rates(tables, kind)
    sizes = np.full(len(table), np.nan)
    if "transfer_size" in table:
        sizes = table["transfer_size"].to_numpy(float, na_value=np.nan)
    rows: dict[str, list[Row]] = {}
    for target, written, affinity, size in zip(
        table["target"].tolist(),
        table["sources"].tolist(),
        table["affinity"].tolist(),
        sizes.tolist(),
        strict=True,
    ):
        of_target = rows.setdefault(target, [])
        is_own = written == SELF
        sources = frozenset({target} if is_own else split(written))
        if sources & {RANDOM, SCRATCH, CONSTANT} or len(sources) > (options.order or len(sources)):
            continue
        if is_own or size != size or options.transfer_size in (None, size):
            value = _worth(affinity, kind) if rates is None else rates[target, written]
            of_target.append((sources, value, is_own))
    return rows


def _worth(affinity: float, kind: str) -> float:
    return min(max(affinity, 1e-10) ** 0.5, 1.0) if kind == "sqrt" else affinity


def _rates(tables: PlanTables, kind: str) -> dict[tuple[str, str], float] | None:
    """Return the win rates that are maximised; None where it is an objective of affinities."""
    if kind not in ("gain", "quality"):
        return None
    table = {"gain": tables.gain, "quality": tables.quality}[kind]
    if table is None:
        raise InputError(f"objective {kind!r} needs a table of {kind}")
    pairs = zip(table["target"].tolist(), table["sources"].tolist(), strict=True)
    return dict(zip(pairs, table[kind].tolist(), strict=True))


def _covers(labels: dict[str, float], record: SourceRecord) -> bool:
    return all(labels.get(task, 0.0) >= share for task, share in record.labels.items())


def _computation(record: SourceRecord, options: PlanOptions) -> float:
    cost = options.compute_cost.get(record.source, record.encoder_operations)
    if cost is None:
        raise InputError(f"what source {record.source!r} costs to run is not known")
    return cost


def _within(cost: float, budget: float) -> bool:
    return cost <= budget * (1 + ROUNDING)
