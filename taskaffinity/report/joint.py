"""The report's section on joint networks: rows of its tables."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from taskaffinity.report.findings import Findings


@dataclass(frozen=True)
class JointView:
    """What the section shows.

    Attributes
    ----------
    rows
        Those of ``joint.csv``, with a verdict.
    ranks
        Those of ``transfer_joint.csv``.
    worse, better
        How many comparisons are clear of 0, on either side.
    """

    rows: list[dict[str, Any]]
    ranks: list[dict[str, Any]]
    worse: int
    better: int


def joint_view(findings: Findings) -> JointView | None:
    """Return the rows of the section; None in a run without such networks."""
    if findings.joint is None:
        return None
    rows = records(findings.joint)
    for row in rows:
        row["verdict"] = "negative transfer" if row["low"] > 0 else "better" if row["high"] < 0 else ""
    ranks = [] if findings.transfer_joint is None else records(findings.transfer_joint)
    verdicts = [row["verdict"] for row in rows]
    return JointView(rows, ranks, verdicts.count("negative transfer"), verdicts.count("better"))


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def change_interval(low: float, high: float) -> str:
    """Write the interval of a relative change in per cent; nothing where it is not known."""
    return "" if low != low or high != high else f"[{100 * low:+.1f} to {100 * high:+.1f}]"
