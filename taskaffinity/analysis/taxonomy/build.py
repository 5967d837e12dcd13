"""From tables of affinities and win rates to the Boolean program.

Which transfers exist (docs/formats.md has the names):

- `random`, `scratch` and `constant` are references. They are never bought, nor is a transfer that needs one.
- A target that is bought uses its own network, `self`; `t→t` and sets that hold `t` are then superseded, and
  are left out. A target without a `self` row keeps them.
- A source that is excluded, or novel, takes its transfers with it; as a target it stays.
"""

from collections.abc import Collection, Iterable, Mapping
from difflib import get_close_matches

import numpy as np
import pandas as pd
from scipy import sparse

from taskaffinity.analysis.names import CONSTANT, RANDOM, RESERVED, SCRATCH, SELF, split
from taskaffinity.analysis.taxonomy.objective import OBJECTIVES, objective_values
from taskaffinity.analysis.taxonomy.program import Program
from taskaffinity.errors import InfeasibleError, InputError, TableError

REFERENCES = frozenset({RANDOM, SCRATCH, CONSTANT})


def build(
    affinities: pd.DataFrame,
    *,
    order: int | None = None,
    objective: str = "affinity",
    gain: pd.DataFrame | None = None,
    quality: pd.DataFrame | None = None,
    importance: Mapping[str, float] | None = None,
    label_cost: Mapping[str, float] | None = None,
    exclude: Iterable[str] = (),
    require: Iterable[str] = (),
    novel: Iterable[str] = (),
) -> Program:
    """Build the program that `affinities` describe.

    Parameters
    ----------
    affinities
        Columns ``target``, ``sources``, ``affinity``, optionally ``transfer_size``: of several sizes of a
        transfer the best one is kept.
    order
        Highest number of sources of a transfer; the highest in the table by default.
    objective
        What is maximised: ``affinity``, ``sqrt`` (its root, clipped to [1e-5, 1]), ``gain`` or ``quality``.
    gain, quality
        Win rates of the same transfers, in columns of that name.
    importance
        Weight of a target, at least 0; 1 where none is given.
    label_cost
        What a source costs, at least 0; 1 where none is given.
    exclude
        Sources that cannot be bought.
    require
        Sources that have to be bought.
    novel
        Targets that cannot be bought: nothing but their transfer set is labelled.

    Returns
    -------
    Program
        With every transfer that the rules above let in.

    Raises
    ------
    InputError
        An option is out of range or names something the table does not have.
    TableError
        The table holds a transfer twice, or lacks a value the objective needs.
    InfeasibleError
        A target has no transfer left.
    """
    _check_table(affinities)
    if objective not in OBJECTIVES:
        raise InputError(f"objective {objective!r} is unknown; choose from {', '.join(OBJECTIVES)}")
    if order is not None and order < 1:
        raise InputError(f"order {order} is below 1; a transfer has at least one source")
    targets = sorted(set(affinities["target"]))
    table = _bought_transfers(affinities)
    names = sorted({name for members in table["members"] for name in members})
    barred = _known(exclude, {*names, *REFERENCES}, "source to exclude") | _known(
        novel, targets, "novel target"
    )
    required = _known(require, names, "required source")
    if both := sorted(required & barred):
        raise InputError(f"source {both[0]!r} is both required and excluded; choose one")
    weights = _numbers(importance, targets, "importance", "target")
    costs = _numbers(label_cost, names, "label cost", "source")
    table = _left(table, order, barred)
    _require_transfers(targets, table, order)
    sources = [name for name in names if name not in barred]
    weight = np.array([weights.get(t, 1.0) for t in targets], float)
    numbers = objective_values(table, objective, gain, quality)
    codes = pd.Categorical(table["target"], categories=targets).codes.astype(int)
    return Program(
        targets=tuple(targets), sources=tuple(sources), target=codes,
        members=_incidence(table["members"], sources), own=table["own"].to_numpy(),
        value=numbers.pop("value") * weight[codes],
        importance=weight,
        **numbers, row=table["row"].to_numpy(), objective=objective,
        cost=np.array([costs.get(s, 1.0) for s in sources], float),
        required=np.array([s in required for s in sources], bool),
        order=order or max(map(len, table["members"])),
    ).sorted()  # fmt: skip


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


def _bought_transfers(affinities: pd.DataFrame) -> pd.DataFrame:
    """Return the transfers made of sources that can be bought, with ``members``, ``own`` and ``row``."""
    table = affinities.reset_index(drop=True).assign(row=np.arange(len(affinities)))
    table["own"] = (table["sources"] == SELF).to_numpy()
    members = {sources: split(sources) for sources in table["sources"].unique()}
    has_own = set(table["target"][table["own"]])
    kept = [
        own
        or (
            REFERENCES.isdisjoint(members[sources]) and not (target in has_own and target in members[sources])
        )
        for target, sources, own in zip(table["target"], table["sources"], table["own"], strict=True)
    ]
    table = table[kept].copy()
    table["members"] = [
        (target,) if own else members[sources]
        for target, sources, own in zip(table["target"], table["sources"], table["own"], strict=True)
    ]
    return table


def _left(table: pd.DataFrame, order: int | None, barred: Collection[str]) -> pd.DataFrame:
    """Return the transfers within the order, of sources that are not barred."""
    kept = [
        (order is None or len(members) <= order) and not any(name in barred for name in members)
        for members in table["members"]
    ]
    return table[kept].reset_index(drop=True)


def _require_transfers(targets: Collection[str], table: pd.DataFrame, order: int | None) -> None:
    without = sorted(set(targets) - set(table["target"]))
    if without:
        limit = f" of order {order} or less" if order else ""
        raise InfeasibleError(
            f"target {without[0]!r} has no transfer{limit} from a source that can be bought; no budget "
            "helps: measure one, exclude fewer sources, or leave the target out"
        )


def _known(names: Iterable[str], among: Collection[str], what: str) -> set[str]:
    given = {names} if isinstance(names, str) else set(names)
    if unknown := sorted(given - set(among)):
        near = get_close_matches(unknown[0], among, n=2)
        hint = f" (did you mean {' or '.join(near)}?)" if near else f"; there are {', '.join(sorted(among))}"
        raise InputError(f"unknown {what} {unknown[0]!r}{hint}")
    return given


def _numbers(
    given: Mapping[str, float] | None, among: Collection[str], what: str, of: str
) -> dict[str, float]:
    numbers = {name: float(number) for name, number in (given or {}).items()}
    _known(numbers, {*among, *RESERVED} if of == "source" else among, f"{of} in the {what}")
    for name, number in numbers.items():
        if not (np.isfinite(number) and number >= 0):
            raise InputError(f"{what} of {name!r} is {number}; give a number of at least 0")
    return numbers


def _incidence(members: Iterable[tuple[str, ...]], sources: list[str]) -> sparse.csr_array:
    """Return the sparse matrix (E, S) of which transfer needs which source."""
    position = {name: index for index, name in enumerate(sources)}
    rows = [[position[name] for name in names] for names in members]
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=int)])
    indices = np.fromiter((index for row in rows for index in row), int, indptr[-1])
    return sparse.csr_array((np.ones(len(indices)), indices, indptr), shape=(len(rows), len(sources)))
