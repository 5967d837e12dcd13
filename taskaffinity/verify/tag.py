"""Fifty et al., "Efficiently Identifying Task Groupings for Multi-Task Learning" (TAG), NeurIPS 2021.

The authors published their affinities of five Taskonomy tasks in print, so that no file is needed. Entry
(a, b) of the table is read as what task b does for task a: a group is worth, for its member a, the mean over
its other members b of the entry in row a and column b. The sources differ in which way a row points; with
this one the published groups come out.
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from taskaffinity.verify.files import Files
from taskaffinity.verify.number import Number, named

SOURCE = "TAG (Fifty et al.)"
TASKS = "sdnke"  # semantic segmentation, depth, normals, keypoints, edges
ALONE = -1e6  # what a task alone is worth: less than any group
AFFINITIES = np.array([
    [0, 0.1154, 0.0489, 0.0045, 0.0088],
    [0.4136, 0, 0.2914, 0.0135, 0.0740],
    [0.1398, 0.2210, 0, 0.0105, 0.0765],
    [0.0211, 0.0134, 0.0107, 0, 0.6897],
    [0.0567, 0.0367, 0.0360, 0.3037, 0],
])  # fmt: skip
PRINTED = {2: "{d, n, s} {e, k}", 3: "{d, n} {d, s} {e, k}"}


def numbers(files: Files) -> Iterator[Number]:
    """Yield the groups of the publication."""
    for count, printed in PRINTED.items():
        groups = best_groups(AFFINITIES, count)
        written = sorted("{" + ", ".join(sorted(TASKS[task] for task in group)) + "}" for group in groups)
        yield named(SOURCE, f"the best {count} groups of five tasks", printed, " ".join(written))


def best_groups(affinities: np.ndarray, count: int) -> list[tuple[int, ...]]:
    """Choose groups so that the sum over the tasks of their best group's worth is highest.

    Parameters
    ----------
    affinities
        float64 (tasks, tasks); row a, column b is what b does for a.
    count
        How many groups; a task may be in several.

    Returns
    -------
    list of tuple
        The members of each.
    """
    tasks = range(len(affinities))
    groups = [group for size in range(1, len(affinities) + 1) for group in combinations(tasks, size)]
    worth = np.full((len(groups), len(affinities)), -np.inf)
    for place, group in enumerate(groups):
        for task in group:
            others = [other for other in group if other != task]
            worth[place, task] = np.mean(affinities[task, others]) if others else ALONE
    sums = {
        chosen: worth[list(chosen)].max(axis=0).sum() for chosen in combinations(range(len(groups)), count)
    }
    best = max(sums, key=lambda chosen: sums[chosen])
    return [groups[place] for place in best]
