"""The best networks within a budget, by dynamic programming over the sets of tasks that are served.

This search is independent of the analysis, so that the two can be compared.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

# The least sum and the network of each task, by the tasks that are served and the money that is spent.
State = dict[tuple[frozenset[int], float], tuple[float, dict[int, int]]]


TIE = 1e-12  # sums that differ by less are equal


def cheapest_covers(losses: np.ndarray, costs: np.ndarray, budgets: Sequence[float]) -> list[np.ndarray]:
    """Choose networks so that every task is served at the least sum of losses.

    Parameters
    ----------
    losses
        float64 (networks, tasks), NaN where a network does not serve a task; few tasks.
    costs
        float64 (networks,).
    budgets
        What the chosen networks may cost together.

    Returns
    -------
    list of ndarray
        For each budget int64 (tasks,), the network that serves each task; of equal choices the one whose
        networks stand earlier in the table, as in the published ones.

    Raises
    ------
    ValueError
        No choice within a budget serves every task.
    """
    tasks, most = losses.shape[1], max(budgets)
    able = [np.flatnonzero(~np.isnan(row)).tolist() for row in losses]
    states: State = {(frozenset(), 0.0): (0.0, {})}
    for network, row in enumerate(losses):
        reached: State = dict(states)
        for (served, spent), (total, assignment) in states.items():
            money = spent + float(costs[network])
            if money > most:
                continue
            for more in _subsets([task for task in able[network] if task not in served]):
                key = served | set(more), money
                value = total + float(sum(row[task] for task in more))
                if key not in reached or value < reached[key][0] - TIE:
                    reached[key] = value, {**assignment, **dict.fromkeys(more, network)}
        states = reached
    return [_cheapest(states, tasks, budget) for budget in budgets]


def _cheapest(states: State, tasks: int, budget: float) -> np.ndarray:
    """Return the assignment of the least sum within one budget."""
    everything = frozenset(range(tasks))
    within = [of for (served, spent), of in states.items() if served == everything and spent <= budget]
    if not within:
        raise ValueError(f"no networks within a budget of {budget:g} serve every task")
    assignment = min(within, key=lambda of: of[0])[1]
    return np.array([assignment[task] for task in range(tasks)])


def best_together(values: np.ndarray, count: int) -> tuple[tuple[int, ...], float]:
    """Choose a few rows so that the mean over the columns of the best of them is highest.

    Parameters
    ----------
    values
        float64 (rows, columns), higher is better; few rows.
    count
        How many to choose.

    Returns
    -------
    chosen : tuple of int
        The rows.
    mean : float
        What they reach.
    """
    every = combinations(range(len(values)), count)
    return max(
        ((rows, float(values[list(rows)].max(axis=0).mean())) for rows in every), key=lambda one: one[1]
    )


def _subsets(items: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield the subsets that are not empty."""
    for size in range(1, len(items) + 1):
        yield from combinations(items, size)
