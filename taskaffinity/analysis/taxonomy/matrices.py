"""The Boolean program as matrices: maximise c·x subject to A x ≤ b (paper, section 3.4).

x holds one variable per source, then one per transfer. The constraints are

    I    Σ_{e into t, s in e} x_e ≤ x_s     for each target t and source s: a transfer needs its sources,
    II   Σ_{e into t} x_e = 1               for each target t,
    III  Σ_s cost_s x_s ≤ budget.

The paper writes I per transfer, |S_e| x_e ≤ Σ_s x_s. The form here has the same Boolean solutions and a
tighter relaxation: with whole sources the transfers come out whole by themselves. For a target's own network
I is an equality, since a target that is bought uses it.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from taskaffinity.analysis.taxonomy.program import Program, sources_of


@dataclass(frozen=True)
class Matrices:
    """A program with a budget, as matrices.

    Attributes
    ----------
    c
        float64 (S + E,).
    A
        Sparse float64 (R, S + E).
    b
        float64 (R,).
    equal
        bool (R,), rows that hold with equality.
    lower
        float64 (S + E,), 1 for required sources, else 0. Upper bounds are 1.
    sources
        S; these first variables are Boolean, the others follow.
    """

    c: np.ndarray
    A: sparse.csr_array
    b: np.ndarray
    equal: np.ndarray
    lower: np.ndarray
    sources: int


def matrices(program: Program, budget: float) -> Matrices:
    """Write a program as matrices."""
    S, T, E = len(program.sources), len(program.targets), len(program.target)
    pair = program.members.indices + np.repeat(program.target, program.size) * S
    pairs, row = np.unique(pair, return_inverse=True)  # rows of constraint I
    transfer = S + np.repeat(np.arange(E), program.size)
    P = len(pairs)
    rows = np.concatenate([row, np.arange(P), P + program.target, np.full(S, P + T)])
    columns = np.concatenate([transfer, pairs % S, S + np.arange(E), np.arange(S)])
    entries = np.concatenate([np.ones(len(row)), -np.ones(P), np.ones(E), program.cost])
    equal = np.zeros(P + T + 1, bool)
    equal[row[program.members.indptr[program.own_row[program.own_row >= 0]]]] = True
    equal[P : P + T] = True
    return Matrices(
        c=np.concatenate([np.zeros(S), program.value]),
        A=sparse.csr_array((entries, (rows, columns)), shape=(P + T + 1, S + E)),
        b=np.concatenate([np.zeros(P), np.ones(T), [budget]]),
        equal=equal, lower=np.concatenate([program.required.astype(float), np.zeros(E)]), sources=S,
    )  # fmt: skip


def explain(program: Program, budget: float) -> str:
    """Print x, c, A and b of a small program, for people."""
    system = matrices(program, budget)
    transfers = [
        f"{'+'.join(sources_of(program, row))}→{program.targets[program.target[row]]}"
        for row in range(len(program.target))
    ]
    names = [*program.sources, *transfers]
    lines = ["maximise c·x subject to A x ≤ b, x Boolean", ""]
    lines += [f"x{i:<4}{system.c[i]:>10.4f}  {name}" for i, name in enumerate(names)]
    head = " ".join(f"{f'x{i}':>5}" for i in range(len(names)))
    lines += ["", "     x, c above; A, b below", f"{head}        b"]
    for row, (right, equal) in enumerate(zip(system.b, system.equal, strict=True)):
        entries = system.A[[row]].toarray()[0]
        cells = " ".join(f"{entry:>5g}" if entry else "    ." for entry in entries)
        lines.append(f"{cells}  {'=' if equal else '≤'} {right:>4g}")
    return "\n".join(lines)
