"""Checking from the tables alone whether a plan keeps the rules.

This shares no code with the program, so that it does not share the solver's mistakes.
"""

from collections.abc import Mapping

import numpy as np

from taskaffinity.analysis.plan.build import PlanTables
from taskaffinity.analysis.plan.options import PlanOptions, Share
from taskaffinity.analysis.plan.result import Taxonomy, Transfer
from taskaffinity.analysis.plan.sources import SourceRecord, default_record
from taskaffinity.names import RESERVED, SELF, join, split

ROUNDING = 1e-9  # relative, of sums and products


def is_feasible(taxonomy: Taxonomy, tables: PlanTables, options: PlanOptions) -> bool:
    """Tell whether a plan keeps every rule; `faults` says which it breaks."""
    return not faults(taxonomy, tables, options)


def faults(taxonomy: Taxonomy, tables: PlanTables, options: PlanOptions) -> list[str]:
    """List the rules that a plan breaks.

    Parameters
    ----------
    taxonomy
        The plan.
    tables
        What it was chosen from.
    options
        What was asked.

    Returns
    -------
    list
        One line per fault; empty where there is none.
    """
    given = {record.source: record for record in tables.sources}
    records = {name: given.get(name, default_record(name)) for name in taxonomy.sources}
    return [
        *_source_faults(taxonomy, records, options),
        *_label_faults(taxonomy, records, options),
        *_compute_faults(taxonomy, records, options, tables),
        *_target_faults(taxonomy, tables, options),
        *_own_faults(taxonomy, tables, options),
    ]


def _source_faults(
    taxonomy: Taxonomy, records: Mapping[str, SourceRecord], options: PlanOptions
) -> list[str]:
    """Check what must or must not be used."""
    used = set(taxonomy.sources)
    broken = ["a source is named twice"] if len(used) < len(taxonomy.sources) else []
    broken += [
        f"{name} must not be used" for name in sorted(used & {*options.excluded, *options.novel, *RESERVED})
    ]
    broken += [
        f"{name} needs labels of {task}, which is novel"
        for name, record in records.items()
        for task in sorted(set(record.labels) & set(options.novel))
    ]
    return broken + [f"{name} is required and not used" for name in sorted(set(options.required) - used)]


def _label_faults(taxonomy: Taxonomy, records: Mapping[str, SourceRecord], options: PlanOptions) -> list[str]:
    """Check that the labels that sources need are bought, and what they cost."""
    broken = [
        f"{name} needs {share:g} of the labels of {task}, which are not bought"
        for name, record in records.items()
        for task, share in record.labels.items()
        if taxonomy.labels.get(task, 0.0) < share
    ]
    cost = sum(options.label_cost.get(task, 1.0) * share for task, share in taxonomy.labels.items())
    if options.budget is not None and cost > options.budget * (1 + ROUNDING):
        broken.append(f"the labels cost {cost:g}, above the budget {options.budget:g}")
    if taxonomy.budget != options.budget:
        broken.append(f"the budget is {options.budget}, not {taxonomy.budget}")
    if not _equal(cost, taxonomy.cost):
        broken.append(f"the labels cost {cost:g}, not {taxonomy.cost:g}")
    return broken


def _compute_faults(
    taxonomy: Taxonomy, records: Mapping[str, SourceRecord], options: PlanOptions, tables: PlanTables
) -> list[str]:
    """Check what running the encoders costs, each once."""
    costs = [options.compute_cost.get(name, record.encoder_operations) for name, record in records.items()]
    if any(cost is None for cost in costs):
        if options.compute is None and taxonomy.compute_used is None:
            return []
        return ["what an encoder costs to run is not known"]
    used = sum(cost for cost in costs if cost is not None)
    broken = []
    if taxonomy.compute_used is None or not _equal(used, taxonomy.compute_used):
        broken.append(f"the encoders cost {used:g} to run, not {taxonomy.compute_used}")
    if options.compute is None or taxonomy.compute is None:
        return broken if options.compute == taxonomy.compute else [*broken, "the compute budget is another"]
    if not isinstance(options.compute, Share) and not _equal(taxonomy.compute, float(options.compute)):
        broken.append("the compute budget is another")
    if used > taxonomy.compute * (1 + ROUNDING):
        broken.append(f"the encoders cost {used:g} to run, above the compute budget {taxonomy.compute:g}")
    return broken


def _target_faults(taxonomy: Taxonomy, tables: PlanTables, options: PlanOptions) -> list[str]:
    """Check that every target takes one transfer that was measured, from sources that are there."""
    affinities = tables.affinities
    broken = []
    if sorted(t.target for t in taxonomy.transfers) != sorted(set(affinities["target"])):
        broken.append("not exactly one transfer into each target")
    sizes = np.full(len(affinities), np.nan)
    if "transfer_size" in affinities:
        sizes = affinities["transfer_size"].to_numpy(float, na_value=np.nan)
    measured: dict[tuple[str, str], list[float]] = {}
    for target, sources, affinity, size in zip(
        affinities["target"], affinities["sources"], affinities["affinity"], sizes, strict=True
    ):
        wanted = options.transfer_size in (None, size) or sources == SELF or size != size
        if wanted:
            measured.setdefault((str(target), join(split(str(sources)))), []).append(float(affinity))
    for transfer in taxonomy.transfers:
        broken += _transfer_faults(transfer, taxonomy, measured)
    return broken


def _transfer_faults(
    transfer: Transfer, taxonomy: Taxonomy, measured: Mapping[tuple[str, str], list[float]]
) -> list[str]:
    target, sources = transfer.target, join(transfer.sources)
    broken = [
        f"{target} needs {name}, which is not there"
        for name in transfer.sources
        if name not in taxonomy.sources
    ]
    if len(transfer.sources) > taxonomy.order:
        broken.append(f"{target} takes {len(transfer.sources)} sources, above the order {taxonomy.order}")
    rows = measured.get((target, sources), [])
    if sources == target:
        rows = rows + measured.get((target, SELF), [])
    if not any(_equal(value, transfer.affinity) for value in rows):
        broken.append(f"{target} from {sources} with affinity {transfer.affinity:g} is not in the table")
    return broken


def _own_faults(taxonomy: Taxonomy, tables: PlanTables, options: PlanOptions) -> list[str]:
    """Check that, under a label budget alone, a target whose labels are bought uses its own network."""
    if options.compute is not None:
        return []
    given = {record.source: record for record in tables.sources}
    is_own = tables.affinities["sources"] == SELF
    with_own = set(tables.affinities.loc[is_own, "target"]) - set(options.excluded) - set(options.novel)
    broken = []
    for transfer in taxonomy.transfers:
        record = given.get(transfer.target, default_record(transfer.target))
        bought = record.labels and all(
            taxonomy.labels.get(task, 0.0) >= share for task, share in record.labels.items()
        )
        barred = not set(record.labels).isdisjoint(options.novel)
        if bought and not barred and transfer.target in with_own and transfer.sources != (transfer.target,):
            broken.append(f"{transfer.target} is bought and does not use its own network")
    return broken


def objective_of(taxonomy: Taxonomy, options: PlanOptions) -> float:
    """Compute the objective of a plan from its transfers."""
    return sum(
        options.importance.get(transfer.target, 1.0) * _worth(transfer, taxonomy.objective_kind)
        for transfer in taxonomy.transfers
    )


def _worth(transfer: Transfer, kind: str) -> float:
    """Value of a transfer under an objective."""
    if kind == "sqrt":
        return min(max(transfer.affinity, 0.0) ** 0.5, 1.0) if transfer.affinity > 1e-10 else 1e-5
    value = {"affinity": transfer.affinity, "gain": transfer.gain, "quality": transfer.quality}[kind]
    if value is None:
        raise ValueError(f"{transfer.target} has no {kind}")
    return value


def _equal(a: float, b: float) -> bool:
    return abs(a - b) <= ROUNDING * max(abs(a), abs(b), 1e-300)
