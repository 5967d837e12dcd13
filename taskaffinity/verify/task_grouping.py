"""Standley et al., "Which Tasks Should Be Learned Together in Multi-task Learning?", ICML 2020.

Networks are chosen on validation losses and reported on test losses. *HOA* predicts the losses of a network
of three and more tasks as the mean over its pairs, *ESA* takes the losses after a fifth of the training. The
chosen networks are then trained to the end, and every task takes the one with its lowest validation loss.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from taskaffinity.errors import TableError
from taskaffinity.verify.files import Files
from taskaffinity.verify.number import Number, compared, missing
from taskaffinity.verify.search import cheapest_covers

SOURCE = "task grouping (Standley et al.)"
WHERE = "results*.txt of github.com/tstandley/taskgrouping, network_selection/"
TASKS = 5  # semantic segmentation, depth, normals, keypoints, edges
BUDGETS = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0)
STEMS = {1: "results", 2: "results_large"}  # of the files of a setting

PRINTED = {  # make_plots.py: test losses by budget
    (1, "optimal"): ".50273 .46132 .45224 .44612 .44235 .43932 .43555 .43555 .43481",
    (1, "HOA"): ".50278 .46132 .45474 .4505 .44875 .44489 .44112 .44552 .44196",
    (1, "ESA"): ".50273 .48732 .46727 .46063 .45722 .45058 .45058 .44742 .44742",
    (2, "optimal"): ".35989 .35478 .31733 .3145 .30606 .3049 .3019 .3019 .30167",
    (2, "HOA"): ".35989 .35758 .31733 .31562 .31177 .30525 .3019 .3019 .30187",
    (2, "ESA"): ".35989 .35989 .34696 .34696 .34483 .34483 .34483 .34483 .34483",
}
ERRATA = dict.fromkeys(
    ((1, "optimal", 1.0), (1, "ESA", 1.0)), "the files give .50278, which is printed for HOA as well"
)


def numbers(files: Files) -> Iterator[Number]:
    """Yield the numbers of the publication."""
    for (setting, rule), printed in PRINTED.items():
        stem = STEMS[setting]
        paths = files.together([f"{stem}.txt", f"{stem}_test.txt", f"{stem}_20.txt"])
        try:
            losses = {name: read_networks(path) for name, path in (paths or {}).items()}
        except TableError:
            losses = {}
        files.opened |= set(paths.values()) if paths and losses else set()
        reported = _reported(losses, stem, rule) if losses else [None] * len(BUDGETS)
        for budget, digits, loss in zip(BUDGETS, printed.split(), reported, strict=True):
            what = f"test loss, setting {setting}, {rule}, budget {budget:g}"
            if loss is None:
                yield missing(SOURCE, what, digits, WHERE)
            else:
                yield compared(SOURCE, what, digits, loss, ERRATA.get((setting, rule, budget), ""))


def read_networks(path: Path) -> np.ndarray:
    """Read a table of networks.

    Returns
    -------
    ndarray
        float64 (networks, 5), NaN where a network was not trained on a task. The five of half size, which the
        first line holds, come first, one a row.

    Raises
    ------
    TableError
        The file is not such a table.
    """
    rows = []
    for line in path.read_text("utf-8").splitlines():
        cells = [*line.split("\t"), *[""] * TASKS][:TASKS]
        try:
            rows.append([float(cell) if cell.strip() else np.nan for cell in cells])
        except ValueError:
            raise TableError(f"{path} is not a table of networks") from None
    losses = np.array(rows).reshape(-1, TASKS)
    if len(losses) < 2 or np.isnan(losses[0]).any():
        raise TableError(f"{path} is not a table of networks")
    halves = np.where(np.eye(TASKS, dtype=bool), losses[0], np.nan)
    return np.concatenate([halves, losses[1:][~np.isnan(losses[1:]).all(axis=1)]])


def predicted_from_pairs(losses: np.ndarray) -> np.ndarray:
    """Predict the losses of networks of three and more tasks as the mean of those in pairs (HOA)."""
    trained = ~np.isnan(losses)
    pairs = {tuple(np.flatnonzero(row)): losses[place] for place, row in enumerate(trained) if row.sum() == 2}
    predicted = losses.copy()
    for row, tasks in enumerate(trained):
        members = np.flatnonzero(tasks)
        if len(members) > 2:
            for task in members:
                others = [tuple(sorted((task, other))) for other in members if other != task]
                predicted[row, task] = np.mean([pairs[pair][task] for pair in others])
    return predicted


def _reported(losses: dict[str, np.ndarray], stem: str, rule: str) -> list[float]:
    """Choose by a rule within each budget, and return the sums of the test losses."""
    validation, test, early = (losses[f"{stem}{suffix}.txt"] for suffix in ("", "_test", "_20"))
    chosen_on = {"optimal": validation, "HOA": predicted_from_pairs(validation), "ESA": early}[rule]
    costs = np.where(np.arange(len(chosen_on)) < TASKS, 0.5, 1.0)
    sums = []
    for serving in cheapest_covers(chosen_on, costs, BUDGETS):
        chosen = np.unique(serving)
        if rule == "ESA":
            serving = chosen[np.nan_to_num(validation[chosen], nan=np.inf).argmin(axis=0)]
        sums.append(float(test[serving, np.arange(TASKS)].sum()))
    return sums
