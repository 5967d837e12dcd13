"""Groups from tables of gains: at most k groups, each task in its best one.

A table of gains has one row per group: which tasks are its members, and how much each gains over being
trained alone. Song et al., "Efficient and Effective Multi-task Grouping via Meta Learning on Task
Combinations", NeurIPS 2022, choose groups by such tables.
"""

from collections.abc import Sequence

import numpy as np

from taskaffinity.analysis.groups.networks import Networks
from taskaffinity.errors import TableError


def groups_of_gains(members: np.ndarray, gains: np.ndarray, tasks: Sequence[str]) -> Networks:
    """Return groups as networks that cost 1 each, so that a budget of k is at most k groups.

    Parameters
    ----------
    members
        0 or 1, (n, T): which group has which task.
    gains
        float (n, T), higher is better; what stands where a task is no member does not count.
    tasks
        Names of the T tasks.

    Raises
    ------
    TableError
        The shapes differ, membership is not 0 or 1, or the gain of a member is not finite.

    Examples
    --------
    >>> table = groups_of_gains([[1, 0], [0, 1], [1, 1]], [[0, 0], [0, 0], [0.2, -0.1]], ["a", "b"])
    >>> table.names
    ('a', 'b', 'a+b')
    """
    members, gains = np.asarray(members, float), np.asarray(gains, float)
    if members.shape != gains.shape or members.ndim != 2 or members.shape[1] != len(tasks):
        raise TableError(
            f"membership {members.shape} and gains {gains.shape} are not both (groups, {len(tasks)} tasks)"
        )
    if not np.isin(members, (0, 1)).all():
        raise TableError("membership holds something other than 0 and 1")
    if not np.isfinite(gains[members == 1]).all():
        raise TableError("the gain of a member is not finite")
    return Networks(
        names=unique_names(members == 1, tasks),
        cost=np.ones(len(members)),
        targets=tuple(tasks),
        loss=np.where(members == 1, gains, np.nan),
        higher_is_better=True,
    )


def unique_names(members: np.ndarray, tasks: Sequence[str]) -> tuple[str, ...]:
    """Name groups by their tasks, the second of the same tasks with ``#2`` and so on: bool (n, T)."""
    seen: dict[str, int] = {}
    names = []
    for row in members:
        name = "+".join(task for task, inside in zip(tasks, row, strict=True) if inside)
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(names)
