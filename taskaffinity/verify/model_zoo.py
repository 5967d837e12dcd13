"""Accuracies of pretrained models after transfer: VTAB (Zhai et al., 2019) and PARC (Bolya et al., 2021)."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from taskaffinity.errors import TableError
from taskaffinity.verify.files import Files
from taskaffinity.verify.number import Number, compared, missing, named
from taskaffinity.verify.search import best_together

VTAB, PARC = "VTAB (Zhai et al.)", "PARC (Bolya et al.)"
VTAB_WHERE = "vtab_results.csv of github.com/google-research/task_adaptation"
PARC_WHERE = "parc_controlled.csv of github.com/dbolya/parc"
FEW = "1000"  # training examples
SHAPE = {"methods": "16", "tasks": "19"}
TOGETHER = {  # the best methods together, each task taking the better, and the mean accuracy
    1: ("Sup-Rotation-100%", "67.97"),
    2: ("Exemplar, Sup-Exemplar-100%", "69.22"),
    3: ("Exemplar, Sup-Exemplar-100%, Sup-Rotation-100%", "69.73"),
}
PARC_COUNTS = {"Architecture": "4", "Source Dataset": "8", "Target Dataset": "7"}
PARC_ROWS = "196"


def numbers(files: Files) -> Iterator[Number]:
    """Yield the numbers of both publications."""
    yield from _vtab(files)
    yield from _parc(files)


def _vtab(files: Files) -> Iterator[Number]:
    table = files.read("vtab_results.csv", read_vtab)
    if table is None:
        for what, printed in SHAPE.items():
            yield missing(VTAB, what, printed, VTAB_WHERE)
        for count, (names, printed) in TOGETHER.items():
            yield missing(VTAB, f"best {count} methods at 1,000 examples", names, VTAB_WHERE)
            yield missing(VTAB, f"mean accuracy of the best {count} at 1,000 examples", printed, VTAB_WHERE)
        return
    methods, accuracies = table
    for (what, printed), value in zip(SHAPE.items(), accuracies.shape, strict=True):
        yield compared(VTAB, what, printed, float(value))
    for count, (names, printed) in TOGETHER.items():
        rows, mean = best_together(accuracies, count)
        best = ", ".join(sorted(methods[row] for row in rows))
        yield named(VTAB, f"best {count} methods at 1,000 examples", names, best)
        yield compared(VTAB, f"mean accuracy of the best {count} at 1,000 examples", printed, mean)


def read_vtab(path: Path) -> tuple[list[str], np.ndarray]:
    """Read VTAB's table: the names of the methods, and float64 (methods, tasks) at 1,000 examples, in %."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    if len(rows) < 4 or rows[0][:1] != ["train_examples_if_subset"] or rows[1][:1] != ["dataset"]:
        raise TableError(f"{path} is not VTAB's table of results")
    few = [column for column, examples in enumerate(rows[0]) if examples == FEW]
    accuracies = np.array([[float(row[column]) for column in few] for row in rows[3:]])
    return [row[0] for row in rows[3:]], accuracies


def _parc(files: Files) -> Iterator[Number]:
    rows = files.read("parc_controlled.csv", read_parc)
    wanted = {f"{name.lower()}s": printed for name, printed in PARC_COUNTS.items()} | {"transfers": PARC_ROWS}
    if rows is None:
        yield from (missing(PARC, what, printed, PARC_WHERE) for what, printed in wanted.items())
        return
    values = [len({row[name] for row in rows}) for name in PARC_COUNTS]
    for (what, printed), value in zip(wanted.items(), [*values, len(rows)], strict=True):
        yield compared(PARC, what, printed, float(value))


def read_parc(path: Path) -> list[dict[str, str]]:
    """Read PARC's table, a record a row."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    if not rows or not {*PARC_COUNTS, "Oracle"} <= set(rows[0]):
        raise TableError(f"{path} is not PARC's table of results")
    return rows
