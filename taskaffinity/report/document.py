"""The values that the page's charts draw, as plain JSON; the page computes no further numbers."""

import math
from typing import Any

import numpy as np
import pandas as pd

from taskaffinity.plots import palette
from taskaffinity.plots.labels import REFERENCES, label_of, title_of
from taskaffinity.plots.matrix import MatrixInfo, clustered, matrix_info
from taskaffinity.plots.palette import group_colour
from taskaffinity.plots.sanity import sanity_info
from taskaffinity.plots.task_tree import breaks, task_tree_info
from taskaffinity.report.findings import Findings
from taskaffinity.runs.records import EdgeRecord, PlanRecord

DIGITS = 5  # significant ones; more would only make the page larger
VALUES = ("affinity", "loss", "gain", "quality")
RATES = ("affinity", "affinity_low", "affinity_high", "gain", "gain_low", "gain_high",
         "quality", "quality_low", "quality_high")  # fmt: skip


def number(value: Any) -> float | None:
    """Return a number that JSON can hold: rounded, None for what is missing or not finite."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{float(value):.{DIGITS}g}")


def document(findings: Findings, order: int, budget: float | None) -> dict[str, Any]:
    """Gather everything that the page draws.

    Parameters
    ----------
    findings
        What the report is about.
    order, budget
        The taxonomy that is shown first.
    """
    return {
        "name": findings.name,
        "order": order,
        "budget": budget,
        "tasks": _tasks(findings),
        "curve": [_record(record) for record in findings.curve],
        "computation": _computation(findings),
        "matrix": _matrix(findings),
        "tree": _tree(findings),
        "sanity": _sanity(findings),
        "transfers": {target: _transfers(findings, target) for target in findings.targets},
        "palette": {
            "sequential": palette.SEQUENTIAL,
            "groups": {group: pair._asdict() for group, pair in palette.GROUP_COLOURS.items()},
            "groupTitles": palette.GROUP_TITLES,
        },
    }


def _tasks(findings: Findings) -> dict[str, Any]:
    names = dict.fromkeys([*findings.targets, *findings.labels, *REFERENCES])
    shown = {name: label_of(name, findings.labels) for name in names}
    return {
        name: {"title": label.title, "group": label.group, **group_colour(label.group)._asdict()}
        for name, label in shown.items()
    }


def _record(record: PlanRecord) -> dict[str, Any]:
    return {
        "order": record.order,
        "budget": record.budget,
        "gain": number(record.mean_gain),
        "quality": number(record.mean_quality),
        "randomGain": [number(value) for value in record.percentiles("gain")],
        "randomQuality": [number(value) for value in record.percentiles("quality")],
        "pValue": number(record.p_value),
        "sources": list(record.sources),
        "edges": [_edge(edge) for edge in record.transfers],
    }


def _computation(findings: Findings) -> list[dict[str, Any]]:
    """Return the plans by budget of computation, ascending; none where that is not known."""
    plans = findings.computation.curve if findings.computation else ()
    return [
        {**_record(plan), "budget": number(plan.compute), "used": number(plan.compute_used)}
        for plan in plans
        if isinstance(plan.compute, int | float)
    ]


def _edge(edge: EdgeRecord) -> dict[str, Any]:
    rates = {name: number(getattr(edge, name)) for name in ("affinity", "gain", "quality", "share")}
    return {"target": edge.target, "sources": list(edge.sources), **rates}


def _matrix(findings: Findings) -> dict[str, Any]:
    base = matrix_info(findings.transfers, "affinity", findings.labels)
    near = clustered(base)
    views = {
        name: [[number(value) for value in row] for row in _view(findings, name, base).values]
        for name in VALUES
        if findings.transfers[name].notna().any()
    }
    return {
        "sources": base.sources,
        "targets": base.targets,
        "clustered": {"sources": near.sources, "targets": near.targets},
        "views": views,
    }


def _view(findings: Findings, value: str, base: MatrixInfo) -> MatrixInfo:
    info = matrix_info(findings.transfers, value, findings.labels)
    wide = pd.DataFrame(info.values, index=info.sources, columns=info.targets)
    wide = wide.reindex(index=base.sources, columns=base.targets)
    return MatrixInfo(base.sources, base.targets, wide.to_numpy(float))


def _tree(findings: Findings) -> dict[str, Any] | None:
    if findings.tree is None:
        return None
    info = task_tree_info(findings.tree)
    branches = [[[number(x), number(y)] for x, y in branch] for branch in info.branches]
    return {"leaves": info.leaves, "branches": branches, "clusters": info.clusters, "breaks": breaks(info)}


def _sanity(findings: Findings) -> dict[str, Any] | None:
    if findings.sanity is None:
        return None
    info = sanity_info(findings.sanity, findings.labels)
    return {
        "targets": info.targets,
        "constant": [number(value) for value in info.constant],
        "random": [number(value) for value in info.random],
    }


def _transfers(findings: Findings, target: str) -> list[list[Any]]:
    """List the transfers into a target as rows of title, kind and `RATES`; the best first."""
    rows = ranked(findings, target)
    return [
        [title_of(row["sources"], findings.labels), row["sources"], *(number(row[name]) for name in RATES)]
        for row in rows
        if np.isfinite(row["affinity"])
    ]


def ranked(findings: Findings, target: str) -> list[dict[str, Any]]:
    """Return the transfers into a target as records, by affinity; diverged ones and mere losses come last."""
    rows = findings.transfers[findings.transfers["target"] == target]
    rows = rows.assign(reference=rows["sources"].isin(REFERENCES))
    rows = rows.sort_values(
        ["diverged", "affinity"], ascending=[True, False], kind="stable", na_position="last"
    )
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]
