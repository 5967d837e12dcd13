"""Song et al., "Efficient and Effective Multi-task Grouping via Meta Learning" (MTG-Net), NeurIPS 2022.

Gains of every group of the seven tasks of ETTm1. With at most k groups, each task takes the group in which it
gains most.
"""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np

from taskaffinity.errors import TableError
from taskaffinity.verify.files import Files
from taskaffinity.verify.number import Number, compared, missing

SOURCE = "MTG-Net (Song et al.)"
WHERE = "ETTm1_x.csv and {name} of github.com/ShawnKS/MTG-Net"
MEMBERS = "ETTm1_x.csv"
GROUPS = "127"  # every group of seven tasks that is not empty
PRINTED = {  # highest mean gain over the tasks with at most 1, 2 and 3 groups
    ("ETTm1_y.csv", "test"): (".0272", ".1717", ".189557"),
    ("ETTm1_val_y.csv", "validation"): ("-.012686", ".146871", ".154771"),
}


def numbers(files: Files) -> Iterator[Number]:
    """Yield the numbers of the publication."""
    for (name, split), printed in PRINTED.items():
        paths = files.together([MEMBERS, name])
        tables = _tables(paths[MEMBERS], paths[name]) if paths else None
        if paths and tables:
            files.opened |= set(paths.values())
        what = f"groups of the seven tasks ({name})"
        if tables is None:
            yield missing(SOURCE, what, GROUPS, WHERE.format(name=name))
        else:
            yield compared(SOURCE, what, GROUPS, float(len(np.unique(tables[0], axis=0))))
        for count, digits in enumerate(printed, start=1):
            what = f"highest mean gain, {split}, at most {count} groups"
            if tables is None:
                yield missing(SOURCE, what, digits, WHERE.format(name=name))
            else:
                yield compared(SOURCE, what, digits, highest_gain(*tables, count))


def highest_gain(members: np.ndarray, gains: np.ndarray, count: int) -> float:
    """Return the highest mean gain over the tasks, with at most `count` groups that serve all of them.

    Parameters
    ----------
    members
        bool (groups, tasks).
    gains
        float64 (groups, tasks), of the members.
    count
        At least 1.
    """
    worth = np.where(members, gains, -np.inf)
    best = -np.inf
    for chosen in combinations(range(len(worth)), count - 1):
        of_chosen = worth[list(chosen)].max(axis=0) if chosen else np.full(worth.shape[1], -np.inf)
        best = max(best, float(np.maximum(worth, of_chosen).mean(axis=1).max()))  # with each as the last one
    return best


def _tables(members: Path, gains: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Read who is in which group and what each gains; None where the files are others of their names."""
    try:
        inside, gained = (_matrix(path) for path in (members, gains))
    except (TableError, OSError, UnicodeDecodeError):
        return None
    if inside.shape != gained.shape or not np.isin(inside, (0, 1)).all():
        return None
    return inside.astype(bool), gained


def _matrix(path: Path) -> np.ndarray:
    rows = [line.replace(",", " ").split() for line in path.read_text("utf-8").splitlines() if line.strip()]
    try:
        return np.array(rows, float).reshape(len(rows), -1)
    except ValueError:
        raise TableError(f"{path} is not a matrix of numbers") from None
