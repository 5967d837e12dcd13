"""An upper bound on every taxonomy within a budget, and what it rules out.

Relaxing the constraints that tie transfers to sources, with multipliers λ, leaves one choice per target and
one knapsack over sources, both solved at once:

    L(λ) = Σ_t max_e (c_e − Σ_{s in e} λ_ts) + max_y { Σ_s y_s Σ_t λ_ts : Σ_s cost_s y_s ≤ budget }.

Every L(λ) bounds the objective from above; the least one equals the bound of the linear relaxation. It is
approached by the volume algorithm in time linear in the number of transfers, where a simplex on 200,000 of
them takes minutes: steps go along an average of past slopes, from the best multipliers so far.

Beasley (1993), "Lagrangean heuristics for location problems"; Barahona and Anbil (2000), "The volume
algorithm: producing primal solutions with a subgradient method".
"""

import time
from dataclasses import dataclass

import numpy as np

from taskaffinity.analysis.taxonomy.program import Program

FRESH = 0.07  # weight of the newest slope in the average
FIRST, SHORTEST, LONGEST = 0.2, 1e-3, 20.0  # steps, relative to Polyak's
LENGTHEN, SHORTEN = 1.1, 0.66
PATIENCE = 10  # steps without a better bound before steps are shortened


@dataclass(frozen=True)
class Bound:
    """The best bound found, and what it leaves possible.

    Attributes
    ----------
    value
        No taxonomy within the budget has a higher objective.
    multipliers
        float64 (T, S), the λ that give it.
    possible
        bool (E,), transfers that a taxonomy better than the incumbent may still use.
    in_all, in_some
        bool (S,), sources that every such taxonomy buys, and that any may buy.
    """

    value: float
    multipliers: np.ndarray
    possible: np.ndarray
    in_all: np.ndarray
    in_some: np.ndarray


def bound(
    program: Program,
    budget: float,
    incumbent: float,
    start: np.ndarray | None = None,
    steps: int = 200,
    deadline: float = np.inf,
) -> Bound:
    """Bound the objective, and rule out what cannot be part of anything better than the incumbent.

    Parameters
    ----------
    program
        The program.
    budget
        What the sources may cost.
    incumbent
        Objective of a taxonomy in hand.
    start
        Multipliers to begin with; those of a neighbouring budget are good ones.
    steps
        Most steps.
    deadline
        When to stop, as `time.monotonic` counts.
    """
    relaxation = _Relaxation(program, budget)
    multipliers = np.zeros(relaxation.width) if start is None else start.ravel()
    best, average = relaxation.evaluate(multipliers)
    length, patience = FIRST, PATIENCE
    for _ in range(steps):
        square = average @ average
        if best <= incumbent + _tolerance(incumbent) or length < SHORTEST or not square:
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


def _tolerance(value: float) -> float:
    return 1e-9 * max(1.0, abs(value))


class _Relaxation:
    """L(λ) of one program and budget; multipliers are flat, index t·S + s."""

    def __init__(self, program: Program, budget: float) -> None:
        self.program, self.budget = program, budget
        members, sources = program.members, len(program.sources)
        self.width = len(program.targets) * sources
        self.pair = members.indices + np.repeat(program.target, program.size) * sources
        self.tied = np.zeros(self.width, bool)
        self.tied[self.pair] = True
        self.free = np.zeros(self.width, bool)  # an own network is taken exactly if its source is bought
        self.free[self.pair[members.indptr[program.own_row[program.own_row >= 0]]]] = True
        self.first_member = members.indptr[:-1]
        self.length = np.diff(np.append(program.starts, len(program.target)))

    def reduced(self, multipliers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return c_e − Σ λ of each transfer (E,) and the best of each target (T,)."""
        value = self.program.value - np.add.reduceat(multipliers[self.pair], self.first_member)
        return value, np.maximum.reduceat(value, self.program.starts)

    def worth(self, multipliers: np.ndarray) -> np.ndarray:
        """Return Σ_t λ_ts, what buying a source is worth (S,)."""
        return (multipliers * self.tied).reshape(-1, len(self.program.sources)).sum(axis=0)

    def evaluate(self, multipliers: np.ndarray) -> tuple[float, np.ndarray]:
        """Return L(λ) and its slope, bought sources minus used ones."""
        value, best = self.reduced(multipliers)
        is_best = np.flatnonzero(value == np.repeat(best, self.length))
        chosen = is_best[np.searchsorted(is_best, self.program.starts)]
        total, share = knapsack(self.program, self.budget, self.worth(multipliers))
        slope = np.tile(share, len(self.program.targets)) * self.tied
        slope[self.pair[self.entries_of(chosen)]] -= 1.0
        return best.sum() + total, slope

    def entries_of(self, rows: np.ndarray) -> np.ndarray:
        """Return where the members of some transfers stand in the sparse matrix."""
        sizes = self.program.size[rows]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return np.repeat(self.first_member[rows], sizes) + within

    def ruled_out(self, multipliers: np.ndarray, incumbent: float) -> Bound:
        """Force each transfer and source in or out, and see whether the bound falls to the incumbent."""
        value, best = self.reduced(multipliers)
        worth = self.worth(multipliers)
        total, _ = knapsack(self.program, self.budget, worth)
        limit = float(best.sum() + total)
        keep = incumbent - limit + _tolerance(incumbent)
        inside, outside = np.empty(len(worth)), np.empty(len(worth))
        for source in range(len(worth)):
            inside[source] = knapsack(self.program, self.budget, worth, forced=source)[0] - total
            outside[source] = knapsack(self.program, self.budget, worth, barred=source)[0] - total
        return Bound(
            limit, multipliers.reshape(len(self.program.targets), -1),
            value - np.repeat(best, self.length) > keep, outside <= keep, inside > keep,
        )  # fmt: skip


def knapsack(
    program: Program, budget: float, worth: np.ndarray, forced: int | None = None, barred: int | None = None
) -> tuple[float, np.ndarray]:
    """Fill the budget with the sources that are worth most per cost, the last one in part (Dantzig, 1957).

    Parameters
    ----------
    program
        Its costs and required sources.
    budget
        The capacity.
    worth
        float64 (S,), of either sign.
    forced, barred
        A source that has to be in, or cannot be; a required source cannot be barred.

    Returns
    -------
    float
        The worth of what was taken, an upper bound for whole sources; minus infinity where it cannot be done.
    ndarray
        float64 (S,), the share of each source that was taken.
    """
    share = program.required.astype(float)
    if barred is not None and program.required[barred]:
        return -np.inf, share
    if forced is not None:
        share[forced] = 1.0
    left = budget - program.cost @ share
    if left < -1e-9:
        return -np.inf, share
    rest = (share == 0) & (worth > 0)
    if barred is not None:
        rest[barred] = False
    index = np.flatnonzero(rest)
    index = index[np.argsort(-worth[index] / np.maximum(program.cost[index], 1e-12), kind="stable")]
    before = np.cumsum(program.cost[index]) - program.cost[index]
    share[index] = ((left - before) / np.maximum(program.cost[index], 1e-12)).clip(0, 1)
    share[index[program.cost[index] == 0]] = 1.0
    return float(worth @ share), share
