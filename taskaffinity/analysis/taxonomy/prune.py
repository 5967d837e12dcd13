"""Transfers that no optimal taxonomy needs."""

import numpy as np
from scipy import sparse

from taskaffinity.analysis.taxonomy.program import Program

BLOCK = 4_000_000  # pairs of transfers compared at a time


def undominated(program: Program) -> np.ndarray:
    """Tell which transfers are worth keeping.

    A transfer is dominated where another of its target needs a subset of its sources and is worth at least as
    much: whenever the first can be taken, so can the second. Of equals, the first in the program's order
    stays. A target's own network is taken by rule where the target is bought, and is always kept.

    Parameters
    ----------
    program
        E transfers.

    Returns
    -------
    ndarray
        bool (E,).
    """
    count = len(program.target)
    others = np.flatnonzero(~program.own)
    keep = np.ones(count, bool)
    by_target = _per_target(program, others)  # (O, T·S): overlaps arise within a target only
    work = np.concatenate([[0], np.cumsum(by_target @ by_target.sum(axis=0))])
    edges = np.searchsorted(work, np.arange(0, work[-1] + BLOCK, BLOCK)).clip(0, len(others))
    transposed = by_target.T.tocsc()
    size, value = program.size[others], program.value[others]
    for begin, end in zip(edges[:-1], np.append(edges[1:-1], len(others)), strict=True):
        overlap = (by_target[begin:end] @ transposed).tocoo()
        row, rival = overlap.row + begin, overlap.col
        inside = (overlap.data == size[rival]) & (value[rival] >= value[row]) & (row != rival)
        first = (size[rival] < size[row]) | (value[rival] > value[row]) | (rival < row)
        keep[others[row[inside & first]]] = False
    return keep


def _per_target(program: Program, rows: np.ndarray) -> sparse.csr_array:
    """Return the members of some transfers (O, T·S), each target with columns of its own."""
    members, width = program.members[rows], len(program.sources)
    column = members.indices + np.repeat(program.target[rows], np.diff(members.indptr)) * width
    return sparse.csr_array(
        (members.data, column, members.indptr), shape=(len(rows), len(program.targets) * width)
    )
