"""A good taxonomy quickly: greedy additions, then swaps until none helps.

Teitz and Bart (1968), "Heuristic methods for estimating the generalized vertex median of a weighted graph",
carried over from single facilities to sets of sources.
"""

import numpy as np

from taskaffinity.analysis.taxonomy.program import NONE, Program

TOLERANCE = 1e-9


def search(program: Program, budget: float, start: np.ndarray | None = None) -> np.ndarray:
    """Find a set of sources that no addition and no swap of one source improves.

    Parameters
    ----------
    program
        The program.
    budget
        What the sources may cost.
    start
        bool (S,), affordable, with all that is required; nothing but what is required by default.

    Returns
    -------
    ndarray
        bool (S,). Targets may be left without a transfer where the search finds no way to reach them.
    """
    bought = (program.required if start is None else start | program.required).copy()
    bought = add(program, budget, bought)
    while (better := swap(program, budget, bought)) is not None:
        bought = add(program, budget, better)
    return bought


def add(program: Program, budget: float, bought: np.ndarray) -> np.ndarray:
    """Buy the source that adds most per unit of cost until nothing affordable adds anything."""
    bought = bought.copy()
    while True:
        gains = additions(program, bought)
        left = budget - program.cost @ bought
        useful = ~bought & (program.cost <= left + TOLERANCE) & (gains > TOLERANCE)
        if not useful.any():
            return bought
        rate = gains / np.maximum(program.cost, TOLERANCE)
        bought[np.where(useful, rate, -np.inf).argmax()] = True


def swap(program: Program, budget: float, bought: np.ndarray) -> np.ndarray | None:
    """Return the best exchange of one source for another, None where none is better."""
    now, best, found = program.score(program.best(bought)), TOLERANCE, None
    for source in np.flatnonzero(bought & ~program.required):
        without = bought.copy()
        without[source] = False
        loss = now - program.score(program.best(without))
        left = budget - program.cost @ without
        gains = np.where(without | (program.cost > left + TOLERANCE), -np.inf, additions(program, without))
        other = int(gains.argmax())
        if gains[other] - loss > best + TOLERANCE:
            best, found = gains[other] - loss, without.copy()
            found[other] = True
        elif -loss > best + TOLERANCE:
            best, found = -loss, without
    return found


def additions(program: Program, bought: np.ndarray) -> np.ndarray:
    """Say what buying each source would add to the objective.

    Parameters
    ----------
    program
        The program.
    bought
        bool (S,).

    Returns
    -------
    ndarray
        float64 (S,); for sources that are bought already it means nothing.
    """
    chosen = program.best(bought)
    now = np.where(chosen == NONE, program.floor, program.value[chosen])  # (T,)
    surplus = program.value - now[program.target]
    within_reach = (program.missing(bought) == 1) & ~program.own & (surplus > 0)
    within_reach &= ~program.bought_targets(bought)[program.target]
    rows = np.flatnonzero(within_reach)
    lacking = program.members[rows] @ (~bought * np.arange(len(bought), dtype=float))
    best = np.zeros((len(program.targets), len(program.sources)))
    np.maximum.at(best, (program.target[rows], lacking.astype(int)), surplus[rows])
    has_own = np.flatnonzero(program.own_source != NONE)
    best[has_own, program.own_source[has_own]] = surplus[program.own_row[has_own]]
    return best.sum(axis=0)
