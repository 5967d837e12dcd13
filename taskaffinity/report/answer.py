"""The answer in words: with a budget of B supervise these, these targets learn from these, expect this."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from taskaffinity.plots.gain_quality import gain_quality_info
from taskaffinity.plots.labels import Labels, by_group, label_of
from taskaffinity.report.findings import Findings
from taskaffinity.runs.records import PlanRecord


@dataclass(frozen=True)
class Expected:
    """A mean win rate over the targets in [0, 1], with bounds where intervals were drawn."""

    value: float
    low: float
    high: float

    def words(self) -> str:
        """Say it in per cent."""
        said = f"{100 * self.value:.0f} %"
        return said if np.isnan(self.low) else f"{said} [{100 * self.low:.0f}–{100 * self.high:.0f}]"


@dataclass(frozen=True)
class Answer:
    """What one taxonomy says.

    Attributes
    ----------
    order, budget, cost
        What it was solved for, and what its sources cost; None where that is not known.
    supervised
        Names of the tasks whose labels to buy, by group.
    besides
        Names of the other sources to use, by group; they cost no further labels.
    learning
        Pairs of a source set and the targets that learn from it; the most served first.
    gain, quality
        What to expect, as means over the targets; None where it is not known. The bounds are the means of
        the transfers' bounds, which is on the safe side: it takes their errors to agree.
    random_gain
        5th, 50th, 95th percentile of the mean gain of random policies of the same budget, or Nones.
    p_value
        Share of random policies that are at least as good.
    """

    order: int
    budget: float
    cost: float | None
    supervised: list[str]
    besides: list[str]
    learning: list[tuple[list[str], list[str]]]
    gain: Expected | None
    quality: Expected | None
    random_gain: list[float | None]
    p_value: float | None


def answer_of(plan: PlanRecord, transfers: pd.DataFrame, labels: Labels) -> Answer:
    """Read the answer off a plan."""
    info = gain_quality_info(plan, transfers, labels)
    supervised = plan.supervised
    return Answer(
        order=plan.order,
        budget=plan.spent,
        cost=plan.cost,
        supervised=by_group(supervised, labels),
        besides=by_group([name for name in plan.sources if name not in supervised], labels),
        learning=_learning(info.targets, info.sources),
        gain=_expected(plan.mean_gain, info.gain),
        quality=_expected(plan.mean_quality, info.quality),
        random_gain=plan.percentiles("gain"),
        p_value=plan.p_value,
    )


def _learning(targets: list[str], sources: list[str]) -> list[tuple[list[str], list[str]]]:
    served: dict[str, list[str]] = {}
    for target, names in zip(targets, sources, strict=True):
        if names != target:
            served.setdefault(names, []).append(target)
    ranked = sorted(served.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(names.split("+"), learners) for names, learners in ranked]


def _expected(mean: float | None, rates: np.ndarray) -> Expected | None:
    if mean is None:
        return None
    bounds = rates[:, 1:]
    low, high = bounds.mean(axis=0) if np.isfinite(bounds).all() and len(bounds) else (np.nan, np.nan)
    return Expected(float(mean), float(low), float(high))


def default_budget(findings: Findings, order: int) -> float | None:
    """Choose the budget at the knee of the curve, beyond which more supervision helps less; None without one.

    `taskaffinity.analysis.curve.knee` says where the knee is.
    """
    from taskaffinity.analysis.curve import knee

    records = [record for record in findings.curve if record.order == order]
    if not records:
        return None
    return records[knee([record.spent for record in records], records)].spent


def names_of(names: list[str], labels: Labels) -> str:
    """List tasks in words: ``a, b and c``."""
    titles = [label_of(name, labels).title for name in names]
    return (
        titles[0]
        if len(titles) == 1
        else f"{', '.join(titles[:-1])} and {titles[-1]}"
        if titles
        else "nothing"
    )


def sentences(answer: Answer, labels: Labels) -> list[str]:
    """Say an answer in a few sentences."""
    besides = f"; use {names_of(answer.besides, labels)} besides" if answer.besides else ""
    said = [f"With a budget of {answer.budget}, supervise {names_of(answer.supervised, labels)}{besides}."]
    learns = [
        f"from {names_of(sources, labels)} learn {names_of(targets, labels)}"
        for sources, targets in answer.learning
    ]
    if learns:
        said.append(("; ".join(learns) + ".").replace("from", "From", 1))
    if answer.gain:
        said.append(f"Expected gain over training from scratch: {answer.gain.words()} of test images won.")
    if answer.quality:
        said.append(f"Expected quality against the fully supervised networks: {answer.quality.words()}.")
    return said
