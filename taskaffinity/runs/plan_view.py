"""A plan as people look at it: a frame, and a table in HTML."""

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from taskaffinity.names import join
from taskaffinity.text import one_line

if TYPE_CHECKING:
    from taskaffinity.analysis.plan import Taxonomy

COLUMNS = ("target", "sources", "affinity", "gain", "quality", "share")


def frame_of(plan: "Taxonomy") -> pd.DataFrame:
    """Lay out the transfers of a plan, one row a target.

    Returns
    -------
    DataFrame
        ``target``; ``sources`` joined by ``+``, the target itself where it is supervised; ``affinity``,
        ``gain``, ``quality`` and ``share`` in [0, 1], NaN where unknown.
    """
    rows = [{**transfer.to_record(), "sources": join(transfer.sources)} for transfer in plan.transfers]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = list(COLUMNS[2:])
    frame[numbers] = frame[numbers].astype(float)
    return frame


def html_of(plan: "Taxonomy") -> str:
    """Write a plan as HTML: what is supervised, what it costs and reaches, and a table of its transfers."""
    from taskaffinity.analysis.plan.options import write_compute

    names = ", ".join(escape(one_line(name)) for name in plan.labels) or "nothing"
    head = f"<b>supervise</b> {names}<br>cost {spent(plan.cost, plan.budget)}, "
    if plan.compute_used is not None:
        head += f"compute {spent(plan.compute_used, plan.compute, write_compute)}, "
    head += f"{plan.objective_kind} {plan.objective:.5f} ({plan.status})"
    frame = frame_of(plan)
    for name in ("target", "sources"):
        frame[name] = frame[name].map(one_line)
    columns_with_values = frame.dropna(axis="columns", how="all").round(4)
    return f"<p>{head}</p>{columns_with_values.to_html(index=False, border=0, na_rep='')}"


def spent(cost: float, budget: float | None, write: Callable[[float], str] = "{:g}".format) -> str:
    """Write what a plan costs, of a budget where there is one."""
    return write(cost) if budget is None else f"{write(cost)} of {write(budget)}"
