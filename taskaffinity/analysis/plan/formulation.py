"""The Boolean program as matrices: maximise c·x subject to A x ≤ b (paper, section 3.4).

x holds one variable per item, then one per transfer. The constraints are

    I    Σ_{e into t, i in e} x_e ≤ x_i     for each target t and item i: a transfer needs its items,
    II   Σ_{e into t} x_e = 1               for each target t,
    III  Σ_i cost_i x_i ≤ budget            for each budget, over the items that it pays for,
    IV   x_own ≥ Σ_{i in own} x_i − n + 1   for each own network that a bought target must use, of n items.

The paper has one item per source, its labels, and writes I per transfer, |S_e| x_e ≤ Σ_s x_s. The form here
has the same Boolean solutions and a tighter relaxation: with whole items the transfers come out whole by
themselves. Where an own network needs one item, IV and its row of I are one equality.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from taskaffinity.analysis.plan.program import NONE, Program, sources_of, with_rounding


@dataclass(frozen=True)
class System:
    """A program with its budgets, as matrices.

    Attributes
    ----------
    c
        float64 (N + E,).
    A
        Sparse float64 (R, N + E).
    b
        float64 (R,).
    equal
        bool (R,), rows that hold with equality.
    lower
        float64 (N + E,), 1 for required items, else 0.
    upper
        float64 (N + E,), 0 for items that a budget cannot pay, else 1.
    items
        N; these first variables are Boolean, the others follow.
    """

    c: np.ndarray
    A: sparse.csr_array
    b: np.ndarray
    equal: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    items: int


@dataclass(frozen=True)
class BackendAnswer:
    """What a mixed-integer solver says of a system.

    Attributes
    ----------
    bought
        bool (N,), None where no solution was found.
    proven
        Whether the solver proved it optimal; with `bought` None, whether it proved there is none.
    bound
        The solver's bound on c·x; infinite where it has none.
    """

    bought: np.ndarray | None
    proven: bool
    bound: float = np.inf


def formulate(program: Program, capacity: np.ndarray) -> System:
    """Write a program as matrices.

    Parameters
    ----------
    program
        T targets, N items, E transfers.
    capacity
        float64 (2,), what items may cost together, by budget; infinite where it is not set.
    """
    N, E = len(program.items.names), len(program.target)
    blocks = [
        _needs_rows(program),
        _target_rows(program),
        _budget_rows(program, capacity),
        _own_rows(program),
    ]
    payable = program.items.cost <= with_rounding(capacity)[program.items.paid_from]
    return System(
        c=np.concatenate([np.zeros(N), program.value]),
        A=sparse.csr_array(sparse.vstack([block.A for block in blocks], format="csr")),
        b=np.concatenate([block.b for block in blocks]),
        equal=np.concatenate([block.equal for block in blocks]),
        lower=np.concatenate([program.required_items.astype(float), np.zeros(E)]),
        upper=np.concatenate([payable.astype(float), np.ones(E)]),
        items=N,
    )


def cover_of(program: Program, capacity: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """Return items that exceed a budget together, and fit without any one of them: int (n,)."""
    budget = int(np.flatnonzero(program.spent(bought) > with_rounding(capacity))[0])
    items = np.flatnonzero(bought & (program.items.paid_from == budget))
    items = items[np.argsort(-program.items.cost[items], kind="stable")]
    beyond = np.cumsum(program.items.cost[items]) > with_rounding(capacity)[budget]
    return items[: int(beyond.argmax()) + 1]


def without_cover(system: System, cover: np.ndarray) -> System:
    """Return the system with a constraint that not all of some items are bought."""
    row = sparse.csr_array(
        (np.ones(len(cover)), (np.zeros(len(cover), int), cover)), shape=(1, system.A.shape[1])
    )
    return replace(
        system,
        A=sparse.csr_array(sparse.vstack([system.A, row], format="csr")),
        b=np.append(system.b, len(cover) - 1.0),
        equal=np.append(system.equal, False),
    )


@dataclass(frozen=True)
class _Rows:
    """Some constraints: sparse float64 (r, N + E), float64 (r,), bool (r,)."""

    A: sparse.csr_array
    b: np.ndarray
    equal: np.ndarray


def _needs_rows(program: Program) -> _Rows:
    """Write I, one row per pair of a target and an item that a transfer into it needs."""
    needs, N = program.needs, len(program.items.names)
    pair = needs.indices + np.repeat(program.target, program.size) * N
    pairs, row = np.unique(pair, return_inverse=True)
    transfer = N + np.repeat(np.arange(len(program.target)), program.size)
    equal = np.zeros(len(pairs), bool)
    equal[row[needs.indptr[_forced(program, alone=True)]]] = True
    return _Rows(
        sparse.csr_array(
            (
                np.concatenate([np.ones(len(row)), -np.ones(len(pairs))]),
                (np.concatenate([row, np.arange(len(pairs))]), np.concatenate([transfer, pairs % max(N, 1)])),
            ),
            shape=(len(pairs), N + len(program.target)),
        ),
        np.zeros(len(pairs)),
        equal,
    )


def _target_rows(program: Program) -> _Rows:
    """Write II, one row per target."""
    T, N, E = len(program.targets), len(program.items.names), len(program.target)
    A = sparse.csr_array((np.ones(E), (program.target, N + np.arange(E))), shape=(T, N + E))
    return _Rows(A, np.ones(T), np.ones(T, bool))


def _budget_rows(program: Program, capacity: np.ndarray) -> _Rows:
    """Write III, one row per budget that is set."""
    items, E = program.items, len(program.target)
    there = np.flatnonzero(np.isfinite(capacity))
    costs = np.where(items.paid_from == there[:, None], items.cost, 0.0)
    A = sparse.csr_array(np.hstack([costs, np.zeros((len(there), E))]))
    return _Rows(A, capacity[there], np.zeros(len(there), bool))


def _own_rows(program: Program) -> _Rows:
    """Write IV for own networks that need several items."""
    rows = _forced(program, alone=False)
    N, E, r = len(program.items.names), len(program.target), len(rows)
    taken = sparse.csr_array((-np.ones(r), (np.arange(r), rows)), shape=(r, E))
    A = sparse.hstack([program.needs[rows], taken], format="csr") if r else sparse.csr_array((0, N + E))
    return _Rows(sparse.csr_array(A), program.size[rows] - 1.0, np.zeros(r, bool))


def _forced(program: Program, alone: bool) -> np.ndarray:
    """Return rows of own networks that a bought target must use, of one item each or of several."""
    rows = program.forced_row[program.forced_row != NONE]
    return rows[(program.size[rows] == 1) == alone]


def explain(program: Program, capacity: np.ndarray) -> str:
    """Print x, c, A and b of a small program, for people."""
    system = formulate(program, capacity)
    transfers = [
        f"{'+'.join(sources_of(program, row))}→{program.targets[program.target[row]]}"
        for row in range(len(program.target))
    ]
    names = [*program.items.names, *transfers]
    lines = ["maximise c·x subject to A x ≤ b, x Boolean", ""]
    lines += [f"x{i:<4}{system.c[i]:>10.4f}  {name}" for i, name in enumerate(names)]
    head = " ".join(f"{f'x{i}':>5}" for i in range(len(names)))
    lines += ["", "     x, c above; A, b below", f"{head}        b"]
    for row, (right, equal) in enumerate(zip(system.b, system.equal, strict=True)):
        entries = system.A[[row]].toarray()[0]
        cells = " ".join(f"{entry:>5g}" if entry else "    ." for entry in entries)
        lines.append(f"{cells}  {'=' if equal else '≤'} {right:>4g}")
    return "\n".join(lines)
