"""What computation buys, in words: which encoders to run within a budget, and which few serve best."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from taskaffinity.analysis.plan.options import write_compute
from taskaffinity.plots.labels import Labels, by_group
from taskaffinity.report.answer import names_of
from taskaffinity.report.findings import Findings
from taskaffinity.runs.records import ComputationRecord, PlanRecord

COUNTS = {
    1: "encoder that serves all targets best is",
    2: "two encoders that together serve all targets best are",
}


@dataclass(frozen=True)
class EncodersView:
    """One plan as a row of a table.

    Attributes
    ----------
    limit
        The budget of multiply-adds, in words; empty for none.
    encoders
        Names of the encoders, by group.
    used
        Their multiply-adds for one image, in words.
    labels
        Names of the tasks whose labels they need, by group.
    gain, quality
        Means over the targets in [0, 1]; None where unknown.
    random
        5th, 50th and 95th percentile of the mean gain of random policies, or Nones.
    """

    limit: str
    encoders: list[str]
    used: str
    labels: list[str]
    gain: float | None
    quality: float | None
    random: list[float | None]


def view_of(plan: PlanRecord, labels: Labels) -> EncodersView:
    """Lay out one plan."""
    return EncodersView(
        limit=write_compute(plan.compute) if isinstance(plan.compute, int | float) else "",
        encoders=by_group(plan.sources, labels),
        used="–" if plan.compute_used is None else write_compute(plan.compute_used),
        labels=by_group(plan.labels, labels),
        gain=plan.mean_gain,
        quality=plan.mean_quality,
        random=plan.percentiles("gain"),
    )


@dataclass(frozen=True)
class ComputationView:
    """The tables of what computation buys: by budget, by number of encoders, and without labels."""

    curve: list[EncodersView]
    encoders: list[EncodersView]
    without_labels: list[EncodersView]


def computation_view(findings: Findings) -> ComputationView | None:
    """Lay out what computation buys; None where that is not known."""
    record = findings.computation
    if record is None:
        return None
    rows = (record.curve, record.encoders, record.without_labels)
    return ComputationView(*([view_of(plan, findings.labels) for plan in plans] for plans in rows))


def computation_sentences(findings: Findings) -> list[str]:
    """Say what computation buys; nothing where that is not known."""
    record, labels = findings.computation, findings.labels
    if record is None:
        return []
    said = []
    plan = plan_at_knee(record)
    if plan and isinstance(plan.compute, int | float):
        names = names_of(by_group(plan.sources, labels), labels)
        said.append(f"Within {_amount(plan.compute)}, run {names}{_rates(plan)}.")
    if plan := _second(record.encoders):
        which = COUNTS.get(len(plan.sources), "best encoders together are")
        said.append(f"The {which} {_few(plan, labels)}.")
    if plan := _second(record.without_labels):
        said.append(f"Among encoders that need no labels: {_few(plan, labels)}.")
    return said


def plan_at_knee(record: ComputationRecord) -> PlanRecord | None:
    """Choose the budget beyond which more computation helps less, on a logarithmic scale."""
    from taskaffinity.analysis.curve import knee

    plans = [plan for plan in record.curve if isinstance(plan.compute, int | float)]
    if not plans:
        return None
    budgets = [math.log(float(plan.compute or 1)) for plan in plans]
    return plans[knee(budgets, plans)]


def _second(plans: Sequence[PlanRecord]) -> PlanRecord | None:
    """Return the plan with two encoders, or with one where a second does not help."""
    return plans[min(1, len(plans) - 1)] if plans else None


def _few(plan: PlanRecord, labels: Labels) -> str:
    names = names_of(by_group(plan.sources, labels), labels)
    used = plan.compute_used
    return f"{names}{'' if used is None else f' ({_amount(used)})'}{_rates(plan)}"


def _amount(operations: float) -> str:
    return f"{write_compute(operations)} multiply-adds an image"


def _rates(plan: PlanRecord) -> str:
    named = (("gain", plan.mean_gain), ("quality", plan.mean_quality))
    known = [f"{name} {100 * value:.0f} %" for name, value in named if value is not None]
    return f": {', '.join(known)}" if known else ""
