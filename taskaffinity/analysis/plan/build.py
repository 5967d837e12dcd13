"""From tables of affinities, win rates and sources to the Boolean program.

Which transfers exist (docs/formats.md has the names):

- `random`, `scratch` and `constant` are references. They are never used in a plan, nor is a transfer that
  needs one.
- `self` is the target's own network; it needs what the source of the target's name needs.
- Under a budget of labels alone, a target whose labels are bought uses its own network. Transfers that need
  all labels of the own network (`t→t`, and sets that hold `t`) can then never be used, and are left out.
- A source that is excluded takes its transfers with it, and so does one that needs labels of a novel target;
  as a target it stays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
import pandas as pd

from taskaffinity.analysis.plan.items import capacities, computation_of, incidence, items_of
from taskaffinity.analysis.plan.objective import objective_values
from taskaffinity.analysis.plan.options import PlanOptions
from taskaffinity.analysis.plan.program import Program
from taskaffinity.analysis.plan.reduce import superseded
from taskaffinity.analysis.plan.sources import SourceRecord, default_record
from taskaffinity.errors import InfeasibleError, InputError, TableError
from taskaffinity.names import CONSTANT, RANDOM, RESERVED, SCRATCH, SELF, split

REFERENCES = frozenset({RANDOM, SCRATCH, CONSTANT})


@dataclass(frozen=True)
class PlanTables:
    """What is known of the transfers among which a plan chooses.

    Attributes
    ----------
    affinities
        Columns ``target``, ``sources``, ``affinity``, optionally ``transfer_size``: of several sizes of a
        transfer the best one is kept, unless the options name one.
    gain, quality
        Win rates of the same transfers, in columns of that name; None where unknown.
    sources
        What sources need and cost; a source without a record needs all labels of the task of its name.
    """

    affinities: pd.DataFrame
    gain: pd.DataFrame | None = None
    quality: pd.DataFrame | None = None
    sources: tuple[SourceRecord, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A program with its budgets, and what its sources are.

    Attributes
    ----------
    program
        The program.
    capacity
        float64 (2,), what items may cost together, by budget; infinite where it is not set.
    records
        The S sources, in the order of the program.
    computation
        float64 (S,), what running each encoder costs; NaN where unknown.
    label_cost
        What all labels of a task cost; 1 where none is given.
    """

    program: Program
    capacity: np.ndarray
    records: tuple[SourceRecord, ...]
    computation: np.ndarray
    label_cost: Mapping[str, float]

    def with_budgets(self, options: PlanOptions) -> "Problem":
        """Return the same program under the budgets of other options, which set the same ones."""
        return replace(self, capacity=capacities(options, self.records, self.computation))

    def cost_of(self, labels: Mapping[str, float]) -> float:
        """Return what shares of labels cost."""
        return float(sum(share * self.label_cost.get(task, 1.0) for task, share in labels.items()))


def build(tables: PlanTables, options: PlanOptions) -> Problem:
    """Build the program that tables and options describe.

    Returns
    -------
    Problem
        Its program has every transfer that the rules above allow.

    Raises
    ------
    InputError
        An option names something that the tables do not have, or computation is limited and not known.
    TableError
        The table holds a transfer twice, or lacks a value that the objective needs.
    InfeasibleError
        A target has no transfer left.
    """
    _check_table(tables.affinities)
    candidates = _candidates(tables.affinities, options.transfer_size)
    targets = sorted(set(tables.affinities["target"]))
    records = _records(candidates, tables.sources)
    barred = _check_names(options, targets, records)
    kept = _kept(candidates, options.order, barred)
    _require_transfers(targets, kept, options.order)
    names = sorted(_members(kept) | set(options.required))
    in_play = tuple(records[name] for name in names)
    computation = computation_of(in_play, options)
    program = _program(tables, options, kept, targets, in_play, computation)
    capacity = capacities(options, in_play, computation)
    return Problem(program, capacity, in_play, computation, options.label_cost)


def build_all(tables: PlanTables, steps: Iterable[PlanOptions]) -> list[Problem]:
    """Build a problem per step; neighbours that differ in their budgets alone share a program."""
    problems: list[Problem] = []
    last = None
    for options in steps:
        if last is not None and last.without_amounts() == options.without_amounts():
            problems.append(problems[-1].with_budgets(options))
        else:
            problems.append(build(tables, options))
        last = options
    return problems


class _Candidate(NamedTuple):
    """A transfer of real sources: its row in the table, and whether it is the target's own network."""

    row: int
    target: str
    members: tuple[str, ...]
    own: bool


def _program(
    tables: PlanTables,
    options: PlanOptions,
    transfers: Sequence[_Candidate],
    targets: list[str],
    records: tuple[SourceRecord, ...],
    computation: np.ndarray,
) -> Program:
    position = {record.source: index for index, record in enumerate(records)}
    code = {name: index for index, name in enumerate(targets)}
    codes = np.array([code[transfer.target] for transfer in transfers], int)
    weight = np.array([options.importance.get(name, 1.0) for name in targets], float)
    rows = np.array([transfer.row for transfer in transfers], int)
    table = tables.affinities.iloc[rows]
    numbers = objective_values(table, options.objective, tables.gain, tables.quality)
    members = [sorted(position[name] for name in transfer.members) for transfer in transfers]
    program = Program(
        targets=tuple(targets),
        sources=tuple(position),
        items=items_of(records, options, computation),
        target=codes,
        members=incidence(members, len(records)),
        own=np.array([transfer.own for transfer in transfers], bool),
        value=numbers.pop("value") * weight[codes],
        **numbers,
        row=rows,
        importance=weight,
        required=np.isin(list(position), list(options.required)),
        forces_own=options.forces_own,
        objective=options.objective,
        order=options.order or max(map(len, members)),
    ).sorted()
    return program.only(~superseded(program))


def _check_table(affinities: pd.DataFrame) -> None:
    missing = [name for name in ("target", "sources", "affinity") if name not in affinities]
    if missing:
        raise TableError(f"affinities have no column {missing[0]!r}; add it")
    if affinities.empty:
        raise TableError("affinities have no rows; give at least one transfer")
    if not np.isfinite(affinities["affinity"].to_numpy(float)).all():
        raise TableError("affinities hold a value that is not finite; remove or correct it")
    key = [name for name in ("target", "sources", "transfer_size") if name in affinities]
    twice = affinities.duplicated(key)
    if twice.any():
        first = affinities[twice].iloc[0]
        raise TableError(f"affinities hold {first['target']} from {first['sources']} twice; keep one row")


def _candidates(affinities: pd.DataFrame, size: int | None) -> list[_Candidate]:
    """Return the transfers of real sources, of one transfer size where it is given."""
    targets, written = affinities["target"].tolist(), affinities["sources"].tolist()
    wanted = np.ones(len(targets), bool) if size is None else _of_size(affinities, size)
    members = {sources: split(sources) for sources in set(written)}
    references = {sources for sources, names in members.items() if not REFERENCES.isdisjoint(names)}
    return [
        _Candidate(row, target, (target,) if sources == SELF else members[sources], sources == SELF)
        for row, (target, sources, is_wanted) in enumerate(zip(targets, written, wanted, strict=True))
        if is_wanted and sources not in references
    ]


def _of_size(table: pd.DataFrame, size: int) -> np.ndarray:
    """Tell which transfers were measured at a size; own networks were trained on another split, and stay."""
    if "transfer_size" not in table:
        raise InputError(f"the affinities name no transfer sizes; leave the size of {size} out")
    sizes, own = (
        table["transfer_size"].to_numpy(float, na_value=np.nan),
        (table["sources"] == SELF).to_numpy(bool),
    )
    if not (sizes == size).any():
        there = ", ".join(f"{known:g}" for known in np.unique(sizes[~own & ~np.isnan(sizes)]))
        raise InputError(f"no transfer was measured at size {size}; there are {there}")
    return (sizes == size) | own | np.isnan(sizes)


def _members(transfers: Iterable[_Candidate]) -> set[str]:
    """Return the sources that transfers name."""
    return {name for transfer in transfers for name in transfer.members}


def _records(transfers: Iterable[_Candidate], given: Iterable[SourceRecord]) -> dict[str, SourceRecord]:
    """Return a record of every source that a transfer names."""
    known = {record.source: record for record in given}
    return {name: known.get(name, default_record(name)) for name in sorted(_members(transfers))}


def _check_names(
    options: PlanOptions, targets: Collection[str], records: Mapping[str, SourceRecord]
) -> frozenset[str]:
    """Refuse names that the tables do not have; returns the sources that must not be used."""
    labels = {task for record in records.values() for task in record.labels}
    excluded = _known(options.excluded, {*records, *REFERENCES}, "source to exclude")
    novel = _known(options.novel, targets, "novel target")
    _known(options.required, records, "required source")
    _known(options.importance, targets, "target in the importance")
    _known(options.label_cost, {*labels, *records, *targets, *RESERVED}, "source in the label cost")
    _known(options.compute_cost, {*records, *targets, *RESERVED}, "source in the compute cost")
    barred = (
        excluded | novel | {name for name, record in records.items() if not novel.isdisjoint(record.labels)}
    )
    if both := sorted(barred & set(options.required)):
        raise InputError(f"required source {both[0]!r} needs labels of a novel target; choose one")
    return frozenset(barred)


def _known(given: Iterable[str], among: Collection[str], what: str) -> set[str]:
    """Refuse names that are not there, with the nearest that are."""
    names = set(given)
    if unknown := sorted(names - set(among)):
        near = get_close_matches(unknown[0], among, n=2)
        hint = f" (did you mean {' or '.join(near)}?)" if near else f"; there are {', '.join(sorted(among))}"
        raise InputError(f"unknown {what} {unknown[0]!r}{hint}")
    return names


def _kept(transfers: Iterable[_Candidate], order: int | None, barred: Collection[str]) -> list[_Candidate]:
    """Return the transfers within the order, of sources that can be used."""
    return [
        transfer
        for transfer in transfers
        if (order is None or len(transfer.members) <= order)
        and not any(n in barred for n in transfer.members)
    ]


def _require_transfers(targets: Collection[str], transfers: Iterable[_Candidate], order: int | None) -> None:
    without = sorted(set(targets) - {transfer.target for transfer in transfers})
    if without:
        limit = f" of order {order} or less" if order else ""
        raise InfeasibleError(
            f"target {without[0]!r} has no transfer{limit} from a source that can be used; no budget "
            "helps: measure one, exclude fewer sources, or leave the target out"
        )
