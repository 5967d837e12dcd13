"""Groups from pairwise affinities between tasks that are trained together (TAG).

Fifty et al., "Efficiently Identifying Task Groupings for Multi-Task Learning", NeurIPS 2021. Their affinity
Z(i→j) is the relative decrease of task j's loss after an update of the shared parameters by task i's
gradient, averaged over training.

Which way a row points is where sources differ, and the usual mistake. Here **row a, column b is what b does
to a**: a group is worth, for task a, the mean over its other members b of the entry in row a, column b. A
table whose rows are the tasks that act, Z(i→j) in row i and column j, is transposed first.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from taskaffinity.analysis.groups.gains import unique_names
from taskaffinity.analysis.groups.networks import Networks
from taskaffinity.errors import InputError, TableError

MOST = 16  # tasks: 65,535 groups


def groups_of_affinities(affinity: np.ndarray, tasks: Sequence[str], largest: int | None = None) -> Networks:
    """Return every group of tasks as a network that costs 1, with the value that affinities predict.

    Parameters
    ----------
    affinity
        float (T, T), row a and column b what b does to a, higher is better; the diagonal does not count.
    tasks
        Names of the T tasks.
    largest
        Most tasks in one group; all by default.

    Returns
    -------
    Networks
        All groups; a task alone is worth less than in any group.

    Raises
    ------
    InputError
        There are too many tasks.
    TableError
        The matrix is not square, or holds a value that is not finite off its diagonal.
    """
    count = len(tasks)
    affinity = np.array(affinity, float)
    if affinity.shape != (count, count):
        raise TableError(f"affinities of shape {affinity.shape} are not {count} × {count}, one row a task")
    if count > MOST:
        raise InputError(f"{count} tasks have too many groups to list; give at most {MOST}")
    beside = ~np.eye(count, dtype=bool)
    if not np.isfinite(affinity[beside]).all():
        raise TableError("an affinity off the diagonal is not finite; fill it in")
    affinity[~beside] = 0.0
    low, high = affinity[beside].min(initial=0.0), affinity[beside].max(initial=0.0)
    alone = low - (count + 1) * max(
        high - low, 1.0
    )  # a plan with one more task alone is worse than any other
    rows, members = [], []
    for size in range(1, (largest or count) + 1):
        for group in combinations(range(count), size):
            inside = np.isin(np.arange(count), group)
            value = np.where(inside, affinity @ inside / max(size - 1, 1) if size > 1 else alone, np.nan)
            rows.append(value)
            members.append(inside)
    return Networks(
        unique_names(np.array(members), tasks), np.ones(len(rows)), tuple(tasks), np.array(rows), True
    )
