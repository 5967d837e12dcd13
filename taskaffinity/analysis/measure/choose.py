"""Which transfers to measure next: those that the best plans hinge on.

Axes: d draws, E transfers of a program, T targets, S sources, k budgets.

With m(e) the mean of the draws V_d(e), the *incumbent* of a budget is the plan that is best under m; its
expected regret is

    R = mean_d [ V_d(best plan of draw d) − V_d(incumbent) ] / |m(incumbent)| ,

the expected opportunity cost of Bayesian optimisation (P. Frazier, W. Powell and S. Dayanik, "The
knowledge-gradient policy for correlated normal beliefs", INFORMS Journal on Computing 21(4), 2009). Since
the incumbent is best under m, the regret of a draw is at most the sum of V_d(e) − m(e) over the edges e of
its best plan, plus the sum of m(e) − V_d(e) over those of the incumbent. Both are 0 for transfers that were
measured. So each draw's regret is attributed to the transfers in proportion to these terms, and the sum
over draws and budgets is the *score* of a transfer: how much of the regret it could resolve.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from taskaffinity.analysis.measure.search import Search
from taskaffinity.analysis.plan.program import NONE, Program

UNREACHED = 0.03  # of a plan's objective: the least that a target counts which has no measured transfer
SOURCES = 3  # that a batch is spread over, at least
TRIFLE = 0.002  # of a plan's objective, that a transfer must promise before it is measured late


@dataclass(frozen=True)
class Assessment:
    """What is known of the best plans, and what measuring would tell.

    Attributes
    ----------
    sources
        bool (k, S), those of the incumbent of each budget.
    edges
        int (k, T), its transfers as rows of the program; `NONE` for a target that it does not reach.
    regret
        float64 (k,), its expected regret, relative to its objective.
    score
        float64 (E,), the regret that each transfer could resolve; 0 for those that were measured.
    lack
        float64 (E,), what the incumbents lose where they must do with transfers that were measured; 0 for
        transfers of no incumbent.
    urgent
        float64 (E,), the same for the end of a sweep: transfers that nearly complete plans lack count most.
    ends
        int (k, T), the transfers of the plans that are aimed at, as rows of the program; with a reluctance,
        plans from measured transfers come first.
    """

    sources: np.ndarray
    edges: np.ndarray
    regret: np.ndarray
    score: np.ndarray
    lack: np.ndarray
    urgent: np.ndarray
    ends: np.ndarray


def assess(
    program: Program, draws: np.ndarray, measured: np.ndarray, capacities: np.ndarray, reluctance: float = 0.0
) -> Assessment:
    """Assess what is known.

    Parameters
    ----------
    program
        Of all transfers that can be measured.
    draws
        float64 (d, E), what each may be worth to the objective.
    measured
        bool (E,).
    capacities
        float64 (k, 2), the budgets, ascending.
    """
    mean = draws.mean(axis=0)
    average = Search(program, mean[None])
    incumbents = average.plans(capacities)[:, 0]  # (k, S)
    edges = average.edges_of_many(incumbents)  # (k, T)
    unit = abs(mean[edges[0]].sum())
    dear = reluctance * (_spread_within(program, mean) + TRIFLE * unit)[program.target]
    wary = Search(program, np.where(measured, mean, mean - dear)[None])
    careful = wary.plans(capacities)[:, 0]
    ends = average.edges_of_many(careful)
    search = Search(program, draws)
    plans = search.plans(capacities)  # (k, d, S)
    regret = np.zeros(len(capacities))
    score, lack, urgent = np.zeros((3, len(program.target)))
    known = Search(program, mean[None])
    known.values = np.where(measured, mean, known.floor)[None]
    complete = [known.objective(sources)[0] for sources in known.plans(capacities)]
    for budget, rows in enumerate(edges):
        if (rows == NONE).any():  # nothing within this budget reaches every target, measured or not
            continue
        objective = draws[:, rows].sum(axis=1)
        unit = abs(mean[rows].sum()) or 1.0
        last = ends[budget]
        fallback = known.per_target(known.items_of(careful[budget][None]))[0]
        loss = np.where(
            fallback > known.floor, (mean[last] - fallback).clip(0), np.abs(mean[last]) + UNREACHED * unit
        )
        np.add.at(lack, last, loss / unit)
        np.add.at(urgent, last, _lacking(mean[last], fallback, known.floor, complete[budget], unit) / unit)
        rivals = search.edges(plans[budget])  # (d, T)
        reached = (rivals != NONE).all(axis=1)
        gain = np.where(
            reached, np.take_along_axis(draws, rivals.clip(0), axis=1).sum(axis=1) - objective, 0.0
        )
        gain = gain.clip(0) / unit
        regret[budget] = gain.mean()
        score += _attributed(draws, mean, rivals, rows, gain)
    score[measured] = lack[measured] = urgent[measured] = 0.0
    return Assessment(incumbents, edges, regret, score, lack, urgent, ends)


def _lacking(
    mean: np.ndarray, fallback: np.ndarray, floor: float, complete: float, unit: float
) -> np.ndarray:
    """Return what a plan loses without each of its transfers, in the unit of the objective.

    Parameters
    ----------
    mean
        float64 (T,), what its transfers are worth.
    fallback
        float64 (T,), what measured transfers from its sources are worth; `floor` where there is none.
    complete
        Objective of the best plan from measured transfers alone; far below all others where none is complete.
    unit
        What a whole plan is worth.

    Returns
    -------
    ndarray
        float64 (T,). A plan that is to be used needs a measured transfer into every target. What it is
        worth more than the best complete plan is lost where one of them is missing, and so is shared
        among those that are.
    """
    is_missing = fallback <= floor
    worth_more = mean.sum() - max(complete, 0.0)
    share = max(worth_more / max(is_missing.sum(), 1), UNREACHED * unit)
    return np.where(is_missing, share, (mean - fallback).clip(0))


def _spread_within(program: Program, mean: np.ndarray) -> np.ndarray:
    """Return the standard deviation of the transfers into each target: (T,)."""
    count = np.bincount(program.target)
    centre = np.bincount(program.target, mean) / count
    return np.sqrt(np.bincount(program.target, (mean - centre[program.target]) ** 2) / count)


def _attributed(
    draws: np.ndarray, mean: np.ndarray, rivals: np.ndarray, rows: np.ndarray, gain: np.ndarray
) -> np.ndarray:
    """Spread the regret of every draw over the transfers that cause it: (E,)."""
    differ = rivals != rows
    up = np.where(differ, np.take_along_axis(draws, rivals.clip(0), axis=1) - mean[rivals.clip(0)], 0.0).clip(
        0
    )
    down = np.where(differ, mean[rows] - draws[:, rows], 0.0).clip(0)
    total = up.sum(axis=1) + down.sum(axis=1)
    share = np.divide(gain, total, out=np.zeros_like(gain), where=total > 0)[:, None] / len(draws)
    score = np.zeros(draws.shape[1])
    np.add.at(score, rivals.clip(0).ravel(), (up * share).ravel())
    np.add.at(score, rows, (down * share).sum(axis=0))
    return score


def ranked(score: np.ndarray, target: np.ndarray, source: np.ndarray, count: int) -> np.ndarray:
    """Return the positions of the highest scores, spread over targets and sources.

    A batch is chosen as a whole: several transfers from one source tell much the same.

    Parameters
    ----------
    score
        float64 (E,); only those above 0 are ranked.
    target, source
        int (E,). A source below 0 is not limited.
    count
        How many, at most.
    """
    order = np.argsort(-score, kind="stable")
    order = order[score[order] > 0]
    per_target, per_source = -(-count // len(np.unique(target))), max(3, -(-count // SOURCES))
    targets: Counter[int] = Counter()
    sources: Counter[int] = Counter()
    chosen = []
    for position in order.tolist():
        row, column = int(target[position]), int(source[position])
        if targets[row] < per_target and (column < 0 or sources[column] < per_source):
            targets[row] += 1
            sources[column] += 1
            chosen.append(position)
    return np.array(chosen[:count], int)


def first_transfers(
    targets: Sequence[int] | np.ndarray, columns: Sequence[int] | np.ndarray, each: int, seed: int
) -> list[int]:
    """Choose what to measure before anything is known: for every target the same number, all sources alike.

    Parameters
    ----------
    targets, columns
        Target and source of each candidate, a transfer from one source.
    each
        How many for a target.
    seed
        Of the draw.

    Returns
    -------
    list
        Positions of candidates.
    """
    random = np.random.default_rng(seed)
    target, column = np.asarray(targets), np.asarray(columns)
    used = np.zeros(column.max(initial=0) + 1)
    chosen = []
    for _ in range(each):
        for row in random.permutation(np.unique(target)):
            candidates = np.array([i for i in np.flatnonzero(target == row) if i not in chosen], int)
            if len(candidates):
                lot = used[column[candidates]] + random.random(len(candidates))
                best = int(candidates[lot.argmin()])
                chosen.append(best)
                used[column[best]] += 1
    return chosen
