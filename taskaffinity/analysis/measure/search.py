"""Good plans for many draws of the values at once.

Axes: d draws, E transfers, T targets, S sources, N items, k budgets.

The steps are those of `taskaffinity.analysis.plan.heuristic` (greedy additions, then exchanges of one
source), done for all draws side by side. Expected regret needs the best plan of every draw at every budget:
thousands of plans, each to within a fraction of the spread between draws, where a proof of optimality would
be wasted.
"""

from functools import cached_property

import numpy as np

from taskaffinity.analysis.plan.items import BUDGETS
from taskaffinity.analysis.plan.program import NONE, Program, with_rounding

SWAPS = 3  # rounds of exchanges; few draws improve in later ones
LEAST = 1e-9  # of the range of values: what an improvement must exceed


class Search:
    """Searches plans for draws of the values of one program.

    Parameters
    ----------
    program
        The program; its own values are not read.
    values
        float64 (d, E), what each transfer of the program is worth in each draw.
    """

    def __init__(self, program: Program, values: np.ndarray) -> None:
        self.program, self.values = program, values
        self.floor = float(values.min() - (values.max() - values.min() + 1.0) * len(program.targets))
        self.least = LEAST * float(values.max() - values.min())
        self._rows = np.arange(len(values))[:, None]

    @cached_property
    def _prices(self) -> np.ndarray:
        """What each item costs each budget: (N, 2)."""
        items = self.program.items
        return np.where(items.paid_from[:, None] == np.arange(len(BUDGETS)), items.cost[:, None], 0.0)

    @cached_property
    def _of_source(self) -> np.ndarray:
        return self.program.items.of_source.toarray()

    @cached_property
    def _members(self) -> np.ndarray:
        return self.program.members.toarray()

    @cached_property
    def _needs(self) -> np.ndarray:
        return self.program.needs.toarray()

    def items_of(self, chosen: np.ndarray) -> np.ndarray:
        """Return the items that sources need, and those that are required: bool (d, S) → bool (d, N)."""
        return (chosen @ self._of_source > 0) | self.program.required_items

    def admitted(self, bought: np.ndarray) -> np.ndarray:
        """Return the values of the transfers that items allow, the floor elsewhere: bool (d, N) → (d, E)."""
        program = self.program
        there = bought.astype(float) @ self._needs.T == program.size
        forced = self._forced(bought)[:, program.target]
        return np.where(there & (program.own | ~forced), self.values, self.floor)

    def _forced(self, bought: np.ndarray) -> np.ndarray:
        """Tell which targets must use their own network: bool (d, T)."""
        targets, needs, size = self.program._forced
        forced = np.zeros((len(bought), len(self.program.targets)), bool)
        forced[:, targets] = bought.astype(float) @ needs.toarray().T >= size
        return forced

    def per_target(self, bought: np.ndarray) -> np.ndarray:
        """Return the value of the best admissible transfer of each target: (d, T)."""
        return np.maximum.reduceat(self.admitted(bought), self.program.starts, axis=1)

    def edges(self, chosen: np.ndarray) -> np.ndarray:
        """Return the row of the transfer that each target takes; `NONE` where there is none: int (d, T)."""
        values = self.admitted(self.items_of(chosen))
        ends = np.append(self.program.starts[1:], values.shape[1])
        spans = zip(self.program.starts, ends, strict=True)
        rows = np.stack([start + values[:, start:end].argmax(axis=1) for start, end in spans], axis=1)
        return np.where(values[self._rows, rows] > self.floor, rows, NONE)

    def edges_of_many(self, chosen: np.ndarray) -> np.ndarray:
        """Return `edges` of many plans under a single draw: bool (k, S) → int (k, T)."""
        return Search(self.program, np.repeat(self.values, len(chosen), axis=0)).edges(chosen)

    def objective(self, chosen: np.ndarray) -> np.ndarray:
        """Return what the plans with given sources are worth: bool (d, S) → (d,)."""
        return self.per_target(self.items_of(chosen)).sum(axis=1)

    def plans(self, capacities: np.ndarray) -> np.ndarray:
        """Search the best plan of every draw within every budget, each from that of the budget before.

        Parameters
        ----------
        capacities
            float64 (k, 2), ascending.

        Returns
        -------
        ndarray
            bool (k, d, S), the sources used.
        """
        chosen = np.tile(self.program.required, (len(self.values), 1))
        every = []
        for capacity in capacities:
            fits = (self.items_of(chosen) @ self._prices <= with_rounding(capacity)).all(axis=1)
            start = np.where(fits[:, None], chosen, self.program.required)
            chosen = self._exchanged(self._added(start, capacity), capacity)
            every.append(chosen)
        return np.stack(every)

    def _added(self, chosen: np.ndarray, capacity: np.ndarray) -> np.ndarray:
        """Add the source that adds most per unit of cost until nothing affordable adds anything."""
        chosen = chosen.copy()
        unit = np.where(np.isfinite(capacity) & (capacity > 0), capacity, 1.0)
        for _ in range(chosen.shape[1]):
            gains, price = self._additions(chosen, capacity)
            useful = gains > self.least
            if not useful.any():
                break
            rate = np.where(useful, gains / np.maximum((price / unit).sum(axis=2), 1e-12), -np.inf)
            best = rate.argmax(axis=1)
            some = useful.any(axis=1)
            chosen[some, best[some]] = True
        return chosen

    def _exchanged(self, chosen: np.ndarray, capacity: np.ndarray) -> np.ndarray:
        """Exchange one source for another, or leave it out, while that helps any draw."""
        now = self.objective(chosen)
        for _ in range(SWAPS):
            better, score = self._best_exchange(chosen, capacity, now)
            improved = score > now + self.least
            if not improved.any():
                break
            chosen = np.where(improved[:, None], better, chosen)
            chosen = self._added(chosen, capacity)
            now = self.objective(chosen)
        return chosen

    def _best_exchange(
        self, chosen: np.ndarray, capacity: np.ndarray, now: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Try each chosen source of each draw: the best plan without it, with one other in its place."""
        removable = chosen & ~self.program.required
        best, score = chosen, now.copy()
        order = np.argsort(~removable, axis=1, kind="stable")  # the chosen ones first
        for position in range(int(removable.sum(axis=1).max(initial=0))):
            source = order[:, position]
            there = removable[self._rows[:, 0], source]
            without = chosen.copy()
            without[there, source[there]] = False
            gains, _ = self._additions(without, capacity)
            other = gains.argmax(axis=1)
            added = gains[self._rows[:, 0], other]
            without[added > 0, other[added > 0]] = True
            total = self.objective(without)
            better = there & (total > score)
            best = np.where(better[:, None], without, best)
            score = np.where(better, total, score)
        return best, score

    def _additions(self, chosen: np.ndarray, capacity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Say what each source would add by itself, −∞ where it is not affordable, and what it costs.

        Returns
        -------
        gains : ndarray
            (d, S).
        price : ndarray
            (d, S, 2).
        """
        program, bought = self.program, self.items_of(chosen)
        d, T, S = len(chosen), len(program.targets), len(program.sources)
        now = self.per_target(bought)
        surplus = self.values - now[:, program.target]
        available = bought.astype(float) @ self._of_source.T == self._of_source.sum(axis=1)
        lacking = (~available).astype(float) @ self._members.T
        lacked = (~available * np.arange(S, dtype=float)) @ self._members.T
        within = (lacking == 1) & (surplus > 0) & ~self._forced(bought)[:, program.target]
        flat = np.zeros(d * T * S)
        draw, row = np.nonzero(within)
        place = (draw * T + program.target[row]) * S + lacked[draw, row].astype(int)
        np.maximum.at(flat, place, surplus[draw, row])
        gains = flat.reshape(d, T, S)
        rows = program.forced_row[program.forced_row != NONE]
        gains[:, program.target[rows], program.members.indices[program.members.indptr[rows]]] = surplus[
            :, rows
        ]
        price = np.where(bought[:, None, :], 0.0, self._of_source) @ self._prices
        spent = bought @ self._prices
        fits = (spent[:, None] + price <= with_rounding(capacity)).all(axis=2)
        return np.where(fits & ~chosen, gains.sum(axis=1), -np.inf), price
