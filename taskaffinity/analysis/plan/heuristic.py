"""A good plan quickly: greedy additions, then swaps until none helps.

Teitz and Bart (1968), "Heuristic methods for estimating the generalized vertex median of a weighted graph",
carried over from single facilities to sets of sources.
"""

import time

import numpy as np

from taskaffinity.analysis.plan.items import BUDGETS
from taskaffinity.analysis.plan.program import NONE, Program, with_rounding

ROUNDS = 1000  # most additions and swaps of a search
ROUNDING = 1e-14  # what rounding may do to an objective, per target, of values in [0, 1]


def search(
    program: Program, capacity: np.ndarray, start: np.ndarray | None = None, deadline: float = np.inf
) -> np.ndarray:
    """Find a set of sources that no addition and no swap of one source improves.

    Every step raises the objective by more than rounding can, so that the search ends.

    Parameters
    ----------
    program
        The program; its values are in [0, 1].
    capacity
        float64 (2,), what items may cost together, by budget.
    start
        bool (S,), affordable; nothing but what is required by default.
    deadline
        When to stop, as `time.monotonic` counts.

    Returns
    -------
    ndarray
        bool (S,). Targets may be left without a transfer where the search finds no way to reach them.
    """
    chosen = program.required if start is None else start | program.required
    chosen = add(program, capacity, chosen)
    for _ in range(ROUNDS):
        better = swap(program, capacity, chosen) if time.monotonic() < deadline else None
        if better is None:
            break
        chosen = add(program, capacity, better)
    return chosen


def add(program: Program, capacity: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Use the source that adds most per unit of cost until nothing affordable adds anything: bool (S,)."""
    chosen, rejected = chosen.copy(), np.zeros(len(chosen), bool)
    score = program.score_of(program.items_of(chosen))
    for _ in range(ROUNDS):
        bought = program.items_of(chosen)
        gains, price = additions(program, bought), prices(program, bought)
        useful = (
            ~chosen & ~rejected & affordable(program, capacity, bought, price) & (gains > rounding(program))
        )
        if not useful.any():
            break
        rate = gains / np.maximum((price / _unit(capacity)).sum(axis=1), 1e-12)
        best = int(np.where(useful, rate, -np.inf).argmax())
        more = chosen.copy()
        more[best] = True
        raised = program.score_of(program.items_of(more))
        if raised > score + rounding(program):
            chosen, score = more, raised
        else:  # what else its items allow, or force, takes away what it adds
            rejected[best] = True
    return chosen


def swap(program: Program, capacity: np.ndarray, chosen: np.ndarray) -> np.ndarray | None:
    """Return the best exchange of one source for another, or its removal; None where none is better."""
    now = program.score_of(program.items_of(chosen))
    best, found = now + rounding(program), None
    for source in np.flatnonzero(chosen & ~program.required):
        without = chosen.copy()
        without[source] = False
        bought = program.items_of(without)
        score = program.score_of(bought)
        if score > best:
            best, found = score, without
        fits = affordable(program, capacity, bought, prices(program, bought)) & ~chosen
        gains = np.where(fits, additions(program, bought), -np.inf)
        other = int(gains.argmax())
        if score + gains[other] > best:
            without[other] = True
            score = program.score_of(program.items_of(without))
            if score > best:
                best, found = score, without
    return found


def first_of_equals(program: Program, capacity: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Choose among plans of the same objective, so that ties are always broken in the same way.

    Sources that add nothing are left out; then, while an earlier source does as well in the place of a later
    one, it is taken.

    Parameters
    ----------
    program, capacity
        As for `search`.
    chosen
        bool (S,).

    Returns
    -------
    ndarray
        bool (S,), of the same objective but for rounding.
    """
    goal = program.score_of(program.items_of(chosen)) - rounding(program)
    for _ in range(ROUNDS):
        other = _earlier(program, capacity, chosen, goal)
        if other is None:
            break
        chosen = other
    return chosen


def _earlier(program: Program, capacity: np.ndarray, chosen: np.ndarray, goal: float) -> np.ndarray | None:
    """Return a plan of at least the same objective with one source less, or with an earlier one."""
    for source in np.flatnonzero(chosen & ~program.required)[::-1]:
        without = chosen.copy()
        without[source] = False
        bought = program.items_of(without)
        score = program.score_of(bought)
        if score >= goal:
            return without
        fits = affordable(program, capacity, bought, prices(program, bought)) & ~chosen
        fits[source:] = False
        for other in np.flatnonzero(fits & (score + additions(program, bought) >= goal)):
            instead = without.copy()
            instead[other] = True
            if program.score_of(program.items_of(instead)) >= goal:
                return instead
    return None


def rounding(program: Program) -> float:
    """Return how far apart objectives of a scaled program must be to differ for more than rounding."""
    return ROUNDING * len(program.targets)


def prices(program: Program, bought: np.ndarray) -> np.ndarray:
    """Return what each source still costs, by budget: bool (N,) → float64 (S, 2)."""
    items = program.items
    open_cost = np.where(bought, 0.0, items.cost)
    by_budget = np.where(items.paid_from == np.arange(len(BUDGETS))[:, None], open_cost, 0.0)
    return items.of_source @ by_budget.T


def affordable(program: Program, capacity: np.ndarray, bought: np.ndarray, price: np.ndarray) -> np.ndarray:
    """Tell which sources the budgets still pay: bool (S,)."""
    return (program.spent(bought) + price <= with_rounding(capacity)).all(axis=1)


def additions(program: Program, bought: np.ndarray) -> np.ndarray:
    """Say what each source would add to the objective, as far as it completes transfers by itself.

    Parameters
    ----------
    program
        The program.
    bought
        bool (N,).

    Returns
    -------
    ndarray
        float64 (S,); for sources that are available already it means nothing.
    """
    best = program.best(bought)
    now = np.where(best == NONE, program.floor, program.value[best])  # (T,)
    surplus = program.value - now[program.target]
    available = program.available(bought)
    lacking = program.members @ (~available).astype(float)  # how many sources each transfer lacks (E,)
    lacked = program.members @ (~available * np.arange(len(available), dtype=float))  # which, where it is one
    within_reach = (lacking == 1) & (surplus > 0) & ~program.forced_targets(bought)[program.target]
    rows = np.flatnonzero(within_reach)
    gains = np.zeros((len(program.targets), len(program.sources)))
    np.maximum.at(gains, (program.target[rows], lacked[rows].astype(int)), surplus[rows])
    rows = program.forced_row[program.forced_row != NONE]
    gains[program.target[rows], program.members.indices[program.members.indptr[rows]]] = surplus[rows]
    return gains.sum(axis=0)


def _unit(capacity: np.ndarray) -> np.ndarray:
    """Return by what prices are divided before those of two budgets are added."""
    return np.where(np.isfinite(capacity) & (capacity > 0), capacity, 1.0)
