"""An upper bound on every plan within its budgets, and what it rules out.

Relaxing the constraints that tie transfers to items, with multipliers λ, leaves one choice per target and one
knapsack over the items of each budget, all solved at once:

    L(λ) = Σ_t max_e (c_e − Σ_{i in e} λ_ti) + Σ_budgets max_y { Σ_i y_i Σ_t λ_ti : Σ_i cost_i y_i ≤ budget }.

Every L(λ) bounds the objective from above; the least one equals the bound of the linear relaxation. It is
approached by the volume algorithm in time linear in the number of transfers, where a simplex on 200,000 of
them takes minutes: steps go along an average of past slopes, from the best multipliers so far.

Beasley (1993), "Lagrangean heuristics for location problems"; Barahona and Anbil (2000), "The volume
algorithm: producing primal solutions with a subgradient method".
"""

import time
from dataclasses import dataclass

import numpy as np

from taskaffinity.analysis.plan.items import BUDGETS
from taskaffinity.analysis.plan.program import NONE, Program, with_rounding

FRESH = 0.07  # weight of the newest slope in the average
FIRST, SHORTEST, LONGEST = 0.2, 1e-3, 20.0  # steps, relative to Polyak's
LENGTHEN, SHORTEN = 1.1, 0.66
PATIENCE = 10  # steps without a better bound before steps are shortened
ACCURACY = 1e-11  # what rounding may do to L(λ), per target, of values in [0, 1]


@dataclass(frozen=True)
class Bound:
    """The best bound found, and what it leaves possible.

    Attributes
    ----------
    value
        No plan within the budgets has a higher objective.
    multipliers
        float64 (T, N), the λ that give it.
    possible
        bool (E,), transfers that a plan better than the incumbent may still use.
    in_all, in_some
        bool (N,), items that every such plan buys, and that any may buy.
    """

    value: float
    multipliers: np.ndarray
    possible: np.ndarray
    in_all: np.ndarray
    in_some: np.ndarray


def bound(
    program: Program,
    capacity: np.ndarray,
    incumbent: float,
    start: np.ndarray | None = None,
    steps: int = 200,
    deadline: float = np.inf,
) -> Bound:
    """Bound the objective, and rule out what cannot be part of anything better than the incumbent.

    Parameters
    ----------
    program
        The program; its values are in [0, 1].
    capacity
        float64 (2,), what items may cost together, by budget.
    incumbent
        Objective of a plan in hand.
    start
        Multipliers to begin with, float64 (T, N); those of a neighbouring budget are good ones.
    steps
        Most steps.
    deadline
        When to stop, as `time.monotonic` counts.
    """
    relaxation = _Relaxation(program, capacity)
    multipliers = np.zeros(relaxation.width) if start is None else start.ravel()
    best, average = relaxation.evaluate(multipliers)
    length, patience = FIRST, PATIENCE
    for _ in range(steps):
        square = average @ average
        if best <= incumbent + accuracy(program) or length < SHORTEST or not square:
            break
        if time.monotonic() > deadline:
            break
        trial = multipliers - length * (best - incumbent) / square * average
        trial = np.where(relaxation.free, trial, trial.clip(0))
        value, slope = relaxation.evaluate(trial)
        onwards = average @ slope >= 0
        average = FRESH * slope + (1 - FRESH) * average
        if value < best:
            best, multipliers, patience = value, trial, PATIENCE
            length = min(LENGTHEN * length, LONGEST) if onwards else length
            continue
        patience -= 1
        if not patience:
            length, patience = SHORTEN * length, PATIENCE
    return relaxation.ruled_out(multipliers, incumbent)


def accuracy(program: Program) -> float:
    """Return how far apart objectives of a scaled program must be to differ."""
    return ACCURACY * len(program.targets)


class _Relaxation:
    """L(λ) of one program and its budgets; multipliers are flat, index t·N + i."""

    def __init__(self, program: Program, capacity: np.ndarray) -> None:
        self.program = program
        self.knapsacks = [
            Knapsack(program.items.cost[mine], program.required_items[mine], float(capacity[budget]), mine)
            for budget in range(len(BUDGETS))
            if (mine := np.flatnonzero(program.items.paid_from == budget)).size
        ]
        items = len(program.items.names)
        self.width = len(program.targets) * items
        self.pair = program.needs.indices + np.repeat(program.target, program.size) * items
        self.tied = np.zeros(self.width, bool)
        self.tied[self.pair] = True
        self.free = np.zeros(self.width, bool)  # an own network of one item is taken exactly if it is bought
        forced = program.forced_row[program.forced_row != NONE]
        self.free[self.pair[program.needs.indptr[forced[program.size[forced] == 1]]]] = True
        self.first_item = program.needs.indptr[:-1]
        self.filled = np.flatnonzero(program.size)  # rows that need something
        self.length = np.diff(np.append(program.starts, len(program.target)))

    def reduced(self, multipliers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return c_e − Σ λ of each transfer (E,) and the best of each target (T,)."""
        value = self.program.value.copy()
        if len(self.filled):
            value[self.filled] -= np.add.reduceat(multipliers[self.pair], self.first_item[self.filled])
        return value, np.maximum.reduceat(value, self.program.starts)

    def worth(self, multipliers: np.ndarray) -> np.ndarray:
        """Return Σ_t λ_ti, what buying an item is worth (N,)."""
        return (multipliers * self.tied).reshape(len(self.program.targets), -1).sum(axis=0)

    def fill(self, worth: np.ndarray) -> tuple[float, np.ndarray]:
        """Fill every budget: the worth of what is bought, and the share of each item (N,)."""
        total, share = 0.0, np.zeros(len(worth))
        for knapsack in self.knapsacks:
            part, share[knapsack.items] = knapsack.fill(worth[knapsack.items])
            total += part
        return total, share

    def evaluate(self, multipliers: np.ndarray) -> tuple[float, np.ndarray]:
        """Return L(λ) and its slope, bought items minus used ones."""
        value, best = self.reduced(multipliers)
        is_best = np.flatnonzero(value == np.repeat(best, self.length))
        chosen = is_best[np.searchsorted(is_best, self.program.starts)]
        total, share = self.fill(self.worth(multipliers))
        slope = np.tile(share, len(self.program.targets)) * self.tied
        slope[self.pair[self.entries_of(chosen)]] -= 1.0
        return float(best.sum() + total), slope

    def entries_of(self, rows: np.ndarray) -> np.ndarray:
        """Return where the items of some transfers stand in the sparse matrix."""
        sizes = self.program.size[rows]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.repeat(self.first_item[rows], sizes) + within

    def ruled_out(self, multipliers: np.ndarray, incumbent: float) -> Bound:
        """Force each transfer and item in or out, and see whether the bound falls to the incumbent."""
        value, best = self.reduced(multipliers)
        worth = self.worth(multipliers)
        limit = float(best.sum() + self.fill(worth)[0])
        keep = incumbent - limit + accuracy(self.program)
        inside, outside = np.zeros(len(worth)), np.zeros(len(worth))
        for knapsack in self.knapsacks:
            inside[knapsack.items], outside[knapsack.items] = knapsack.changes(worth[knapsack.items])
        return Bound(
            limit, multipliers.reshape(len(self.program.targets), -1),
            value - np.repeat(best, self.length) > keep, outside <= keep, inside > keep,
        )  # fmt: skip


@dataclass(frozen=True)
class Knapsack:
    """The relaxed choice of what to buy from one budget, the last item in part (Dantzig, 1957).

    Attributes
    ----------
    cost
        float64 (n,), at least 0.
    required
        bool (n,), what must be bought.
    capacity
        What may be spent; infinite for no limit.
    items
        int (n,), which items of the program these are.
    """

    cost: np.ndarray
    required: np.ndarray
    capacity: float
    items: np.ndarray

    def fill(
        self, worth: np.ndarray, forced: int | None = None, barred: int | None = None
    ) -> tuple[float, np.ndarray]:
        """Buy the items that are worth most per cost.

        Parameters
        ----------
        worth
            float64 (n,), of either sign.
        forced, barred
            An item that must be bought, or cannot be.

        Returns
        -------
        float
            The worth of what was bought, an upper bound for whole items; minus infinity where it cannot be
            done.
        ndarray
            float64 (n,), the share of each item that was bought.
        """
        share = self.required.astype(float)
        if barred is not None and self.required[barred]:
            return -np.inf, share
        if forced is not None:
            share[forced] = 1.0
        room = float(with_rounding(np.array(self.capacity)))
        rest = (share == 0) & (worth > 0) & (self.cost <= room)
        room -= self.cost @ share
        if room < 0:
            return -np.inf, share
        if barred is not None:
            rest[barred] = False
        index = np.flatnonzero(rest)
        cost = self.cost[index]
        rate = np.divide(worth[index], cost, out=np.full(len(index), np.inf), where=cost > 0)
        order = np.argsort(-rate, kind="stable")
        index, cost = index[order], cost[order]
        left = room - (np.cumsum(cost) - cost)
        part = np.divide(left, cost, out=np.ones(len(index)), where=cost > 0)
        share[index] = part.clip(0, 1)
        return float(worth @ share), share

    def changes(self, worth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return by how much the worth falls where one item must be bought, and where it cannot be.

        Returns
        -------
        ndarray, ndarray
            float64 (n,) each, at most 0; minus infinity where it cannot be done.
        """
        total, share = self.fill(worth)
        inside, outside = np.zeros(len(worth)), np.zeros(len(worth))
        for item in np.flatnonzero(share < 1).tolist():
            inside[item] = self.fill(worth, forced=item)[0] - total
        for item in np.flatnonzero(share > 0).tolist():
            outside[item] = self.fill(worth, barred=item)[0] - total
        return inside, outside
