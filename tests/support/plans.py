"""Small random instances with every option of a plan in play."""

from itertools import combinations

import numpy as np
import pandas as pd

from taskaffinity.analysis.plan import PlanOptions, PlanTables, SourceRecord

COSTS = (0.0, 0.1, 0.5, 1.0, 3.0, 1e-6, 1e6)


def random_instance(seed: int) -> tuple[PlanTables, PlanOptions]:
    """Draw tables and options: 1 to 4 targets, up to 7 sources, orders to 3."""
    generator = np.random.default_rng(seed)
    targets = [f"t{i}" for i in range(generator.integers(1, 5))]
    others = [f"s{i}" for i in range(generator.integers(1, 4))]
    table = _table(targets, [*targets, *others], generator)
    records = _records(targets, others, generator) if generator.random() < 0.6 else ()
    members = {name for sources in table["sources"] for name in sources.split("+")} - {"random", "scratch"}
    used = sorted(members - {"self"} | set(table["target"][table["sources"] == "self"]))
    options = _options(targets, used, records, generator)
    return _with_rates(PlanTables(table, sources=records), options.objective, generator), options


def _table(targets: list[str], names: list[str], generator: np.random.Generator) -> pd.DataFrame:
    rows = []
    for target in targets:
        rows += [(target, name) for name in ("self", "random", "scratch") if generator.random() < 0.8]
        share = generator.uniform(0.2, 1.0)
        for order in (1, 2, 3):
            rows += [
                (target, "+".join(members))
                for members in combinations(names, order)
                if generator.random() < share / order**1.5
            ]
        rows.append((target, names[-1]))
    table = pd.DataFrame(rows, columns=["target", "sources"]).drop_duplicates(ignore_index=True)
    drawn = generator.random(len(table))
    table["affinity"] = drawn.round(1) if generator.random() < 0.5 else drawn  # ties, or none
    return table


def _records(
    targets: list[str], others: list[str], generator: np.random.Generator
) -> tuple[SourceRecord, ...]:
    """Own labels, labels of several tasks, shares, or none."""
    records = []
    for name in [*targets, *others]:
        kind = generator.choice(["own", "none", "joint", "share"], p=[0.4, 0.2, 0.2, 0.2])
        labels = {name: 1.0} if name in targets else {str(generator.choice(targets)): 1.0}
        if kind == "none":
            labels = {}
        elif kind == "joint":
            chosen = generator.choice(targets, min(2, len(targets)), replace=False)
            labels = {str(task): float(generator.choice([0.1, 1.0])) for task in chosen}
        elif kind == "share":
            labels = {str(generator.choice(targets)): float(generator.choice([0.1, 0.3]))}
        operations = float(generator.choice([0.0, 1.0, 2.5, 1e3]))
        records.append(SourceRecord(name, labels, encoder_operations=operations))
    return tuple(records)


def _with_rates(tables: PlanTables, objective: str, generator: np.random.Generator) -> PlanTables:
    if objective not in ("gain", "quality"):
        return tables
    key = tables.affinities[["target", "sources"]]
    rates = {objective: key.assign(**{objective: generator.random(len(key)).round(2)})}
    return PlanTables(tables.affinities, sources=tables.sources, **rates)


def _options(
    targets: list[str], used: list[str], records: tuple[SourceRecord, ...], generator: np.random.Generator
) -> PlanOptions:
    """Draw options that name sources in use alone; required and barred sources do not meet."""
    needed = {record.source: set(record.labels) for record in records}
    labels = sorted({task for name in used for task in needed.get(name, {name})})
    which = generator.choice(["labels", "compute", "both"])
    novel = [name for name in targets if generator.random() < 0.06]
    required = [name for name in used if generator.random() < 0.06]
    required = [name for name in required if not {name, *needed.get(name, {name})} & set(novel)]
    excluded = [name for name in used if generator.random() < 0.06 and name not in required]
    return PlanOptions(
        budget=None if which == "compute" else float(generator.choice([0.0, 0.3, 1.0, 2.0, 3.5, 1e6])),
        compute=None if which == "labels" else str(generator.choice(["1", "2.5", "4", "2000", "30%", "80%"])),
        order=[None, 1, 2, 3][generator.integers(4)],
        objective=str(generator.choice(["affinity", "sqrt", "gain", "quality"], p=[0.55, 0.15, 0.15, 0.15])),
        importance={t: float(generator.choice([0, 1, 1, 5, 1e3, 1e7, 1e12])) for t in targets},
        label_cost={task: float(generator.choice(COSTS)) for task in labels if generator.random() < 0.7},
        compute_cost={} if records else {name: float(generator.choice([0.5, 1.0, 2.0])) for name in used},
        excluded=excluded,
        required=required,
        novel=novel,
    )
