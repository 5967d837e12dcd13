"""Zamir et al., "Taskonomy: Disentangling Task Transfer Learning", CVPR 2018: its published affinities."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.verify.files import Files
from taskaffinity.verify.number import Number, compared, missing, named

SOURCE = "Taskonomy"
WHERE = "{name} of github.com/StanfordVL/taskonomy, results/"
RUNS = ("", "_1k")
TARGETS = 22
SEMANTIC_TOO = "class_selected"  # objects of selected classes, a source of some files
BOUGHT = "denoise, edge2d, rgb2sfnorm"

# What budgets buy of the unsuffixed files at first order: what, budget, measure, printed.
POLICIES = (
    ("mean gain at budget 3", 3, "mean_gain", ".707"),
    ("mean quality at budget 3", 3, "mean_quality", ".324"),
    ("mean gain at budget 8", 8, "mean_gain", ".811"),
    ("mean quality at budget 8", 8, "mean_quality", ".415"),
)
UNPUBLISHED = (  # numbers of the paper whose data were not published as files
    ("rank correlation when the test domain is Places", "0.857"),
    ("rank correlation when the test domain is ImageNet", "0.823"),
)


def numbers(files: Files) -> Iterator[Number]:
    """Yield the numbers of the publication."""
    for run in RUNS:
        yield from _of_affinities(files, run)
    yield from _of_policies(files)
    for what, printed in UNPUBLISHED:
        yield missing(SOURCE, what, printed, "the authors published no affinities of other domains")


def _of_affinities(files: Files, run: str) -> Iterator[Number]:
    """Yield what one file of affinities says by itself."""
    from taskaffinity.analysis.published import published_table

    name = f"all_affinities{run}.pkl"
    table = files.read(name, lambda path: published_table(path, "affinity"))
    checks = (f"targets whose affinities sum to 1 ({name})", f"tasks outside of the paper's groups ({name})")
    if table is None:
        for what, printed in zip(checks, (str(TARGETS), "0"), strict=True):
            yield missing(SOURCE, what, printed, WHERE.format(name=name))
        return
    sums = table.groupby("target")["affinity"].sum()
    yield compared(SOURCE, checks[0], str(TARGETS), float(np.isclose(sums, 1.0, atol=1e-9).sum()))
    yield compared(SOURCE, checks[1], "0", float(_displaced(table, _groups())))


def _groups() -> list[set[str]]:
    """Return the published keys of the dictionary's four groups."""
    from taskaffinity.tasks import discover

    groups: dict[str, set[str]] = {}
    for task in discover().values():
        if task.published and task.is_trained:
            groups.setdefault(task.group, set()).add(task.published)
    groups["semantic"].add(SEMANTIC_TOO)
    return list(groups.values())


def _displaced(table: pd.DataFrame, groups: list[set[str]]) -> int:
    """Count the tasks that the four clusters of the tree put outside of their group in the paper."""
    from taskaffinity.analysis.tree import grow

    clusters = grow(table).clusters(len(groups))
    return sum(len(cluster) - max(len(group & set(cluster)) for group in groups) for cluster in clusters)


def _of_policies(files: Files) -> Iterator[Number]:
    """Yield what budgets buy, and what it is worth."""
    names = ("all_affinities.pkl", "wins_vs_pixels.pkl", "wins_vs_task.pkl")
    paths = files.together(names)
    bought = "sources bought at budget 3"
    if paths is None:
        where = WHERE.format(name=", ".join(names) + " (in one folder)")
        yield missing(SOURCE, bought, BOUGHT, where)
        for what, *_, printed in POLICIES:
            yield missing(SOURCE, what, printed, where)
        return
    files.opened |= set(paths.values())
    yield named(SOURCE, bought, BOUGHT, ", ".join(_solved(paths, 3).sources))
    for what, budget, measure, printed in POLICIES:
        value = float(getattr(_solved(paths, budget), measure))
        yield compared(SOURCE, what, printed, value)


def _solved(paths: dict[str, Path], budget: int) -> Any:
    """Solve one budget at first order."""
    from taskaffinity.runs.opening import open_measured

    measured = open_measured(*(paths[name] for name in sorted(paths)))
    return measured.solve(budget, order=1)
