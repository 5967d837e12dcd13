"""Reducing a program: removes transfers that can never be used or cannot improve on a known plan."""

from dataclasses import replace

import numpy as np
from scipy import sparse

from taskaffinity.analysis.plan.bound import Bound
from taskaffinity.analysis.plan.program import NONE, Program

BLOCK = 4_000_000  # pairs of transfers compared at a time


def superseded(program: Program) -> np.ndarray:
    """Tell which transfers can never be used, since with their items the target must use its own network.

    Returns
    -------
    ndarray
        bool (E,).
    """
    forced = program.forced_row[program.target]
    rows = np.flatnonzero((forced >= 0) & ~program.own)
    never = np.zeros(len(program.target), bool)
    shared = program.needs[rows].multiply(program.needs[forced[rows]]).sum(axis=1)
    never[rows] = shared == program.size[forced[rows]]
    return never


def undominated(program: Program) -> np.ndarray:
    """Tell which transfers are worth keeping.

    A transfer is dominated where another of its target needs a subset of its items and is worth at least as
    much: whenever the first can be used, so can the second. Of equals, the first in the program's order
    stays. An own network that a bought target must use is always kept.

    Parameters
    ----------
    program
        E transfers.

    Returns
    -------
    ndarray
        bool (E,).
    """
    keep = np.ones(len(program.target), bool)
    forced = program.forced_row[program.forced_row != NONE]
    others = np.setdiff1d(np.arange(len(keep)), forced)
    keep[others] = ~_below_free(program)[others]
    others = others[keep[others] & (program.size[others] > 0)]
    by_target = _per_target(program, others)  # (O, T·N): overlaps arise within a target only
    work = np.concatenate([[0], np.cumsum(by_target @ by_target.sum(axis=0))])
    begins = np.searchsorted(work, np.arange(0, work[-1] + 1, BLOCK))
    transposed = by_target.T.tocsc()
    size, value = program.size[others], program.value[others]
    for begin, end in zip(begins, np.append(begins[1:], len(others)), strict=True):
        overlap = (by_target[begin:end] @ transposed).tocoo()
        row, rival = overlap.row + begin, overlap.col
        inside = (overlap.data == size[rival]) & (value[rival] >= value[row]) & (row != rival)
        first = (size[rival] < size[row]) | (value[rival] > value[row]) | (rival < row)
        keep[others[row[inside & first]]] = False
    return keep


def _below_free(program: Program) -> np.ndarray:
    """Tell which transfers are worth no more than one of their target that needs nothing: bool (E,).

    Rows of a target are sorted by value, so that all after the first such transfer are.
    """
    rows = np.arange(len(program.target))
    free = np.where(program.size == 0, rows, len(rows))
    first = np.minimum.reduceat(free, program.starts)
    equal_and_dearer = (first < len(rows))[program.target] & (
        program.value == program.value[first.clip(max=len(rows) - 1)][program.target]
    )
    return (rows > first[program.target]) | (equal_and_dearer & (rows != first[program.target]))


def _per_target(program: Program, rows: np.ndarray) -> sparse.csr_array:
    """Return the items of some transfers (O, T·N), each target with columns of its own."""
    needs, width = program.needs[rows], len(program.items.names)
    column = needs.indices + np.repeat(program.target[rows], np.diff(needs.indptr)) * width
    return sparse.csr_array(
        (needs.data, column, needs.indptr), shape=(len(rows), len(program.targets) * width)
    )


def remainder(program: Program, limit: Bound) -> Program | None:
    """Return what could still beat the incumbent; None where nothing could."""
    barred = ~limit.in_some
    forced = program.forced_row[program.forced_row != NONE]
    alone = forced[program.size[forced] == 1]
    barred[program.needs.indices[program.needs.indptr[alone[~limit.possible[alone]]]]] = True
    possible = limit.possible.copy()
    possible[forced] = True  # while a forced own network can be bought, what it forces must stay
    possible &= program.needs @ barred.astype(float) == 0
    reached = np.zeros(len(program.targets), bool)
    reached[program.target[possible]] = True
    if (limit.in_all & barred).any() or (program.required_items & barred).any() or not reached.all():
        return None
    return replace(program, also_required=limit.in_all).only(possible)
