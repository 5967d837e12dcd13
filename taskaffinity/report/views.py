"""What the templates show, as plain records."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from taskaffinity.plots.gain_quality import GainQualityInfo, gain_quality_info
from taskaffinity.plots.labels import REFERENCES, DisplayLabel, label_of, title_of
from taskaffinity.plots.slide import SlideInfo
from taskaffinity.plots.task_tree import cluster_of, task_tree_info
from taskaffinity.report.answer import Answer, answer_of
from taskaffinity.report.document import ranked
from taskaffinity.report.findings import Findings
from taskaffinity.runs.records import ForecastRecord, PlanRecord


@dataclass(frozen=True)
class EdgeView:
    """One row of a taxonomy's table; gain and quality are a rate with its bounds, NaN where missing."""

    target: str
    sources: list[str]
    gain: list[float]
    quality: list[float]
    share: float | None

    @property
    def is_supervised(self) -> bool:
        """Whether the target is supervised itself."""
        return self.sources == [self.target]


@dataclass(frozen=True)
class AnswerView:
    """An answer with the rows of its taxonomy."""

    answer: Answer
    edges: list[EdgeView]
    has_shares: bool


@dataclass(frozen=True)
class TargetView:
    """One target's panel: its label, its transfers ranked, what is near it in the tree, its slide."""

    name: str
    label: DisplayLabel
    rows: list[dict[str, Any]]
    near: list[str]
    slide: SlideInfo | None


def answers_of(findings: Findings) -> list[AnswerView]:
    """Make a view of the taxonomy of every order and budget."""
    return [_answer_view(record, findings) for record in findings.curve]


def _answer_view(record: PlanRecord, findings: Findings) -> AnswerView:
    info = gain_quality_info(record, findings.transfers, findings.labels)
    shares = {edge.target: edge.share for edge in record.transfers}
    edges = [_edge_view(info, place, shares) for place in range(len(info.targets))]
    known = any(edge.share is not None for edge in edges)
    return AnswerView(answer_of(record, findings.transfers, findings.labels), edges, known)


def _edge_view(info: GainQualityInfo, place: int, shares: Mapping[str, float | None]) -> EdgeView:
    target = info.targets[place]
    return EdgeView(
        target, info.sources[place].split("+"), info.gain[place].tolist(), info.quality[place].tolist(),
        shares[target],
    )  # fmt: skip


def target_views(findings: Findings, slides: Mapping[str, SlideInfo]) -> list[TargetView]:
    """Make a view of every target, by group."""
    tree = task_tree_info(findings.tree) if findings.tree else None
    return [
        TargetView(
            name=target,
            label=label_of(target, findings.labels),
            rows=[_titled(row, findings) for row in ranked(findings, target)],
            near=[n for n in cluster_of(tree, target, findings.labels) if n != target] if tree else [],
            slide=slides.get(target),
        )
        for target in findings.targets
    ]


def _titled(row: dict[str, Any], findings: Findings) -> dict[str, Any]:
    return {**row, "title": title_of(row["sources"], findings.labels)}


def facts_of(findings: Findings) -> list[tuple[str, str]]:
    """List what was measured: pairs of a name and a value."""
    table = findings.transfers
    measured = table[~table["sources"].isin(REFERENCES)]
    singles = {n for names in measured["sources"] for n in names.split("+")}
    facts = [
        ("sources", f"{len(singles)}"),
        ("targets", f"{len(findings.targets)}"),
        ("transfers", f"{len(measured):,}"),
    ]
    data = findings.data
    if data:
        facts.insert(0, ("data", f"{data.name}, {data.views:,} views"))
        facts += [(f"{name} split", f"{count:,}") for name, count in data.splits.items()]
    return facts


def diverged_of(findings: Findings) -> list[tuple[str, str]]:
    """List the cells that diverged: pairs of target and sources."""
    rows = findings.transfers[findings.transfers["diverged"]]
    return [
        (str(target), str(sources)) for target, sources in zip(rows["target"], rows["sources"], strict=True)
    ]


def cost_of(forecast: ForecastRecord | None) -> list[tuple[str, str]]:
    """List forecast and actual cost: pairs of a name and a duration."""
    if forecast is None:
        return []
    named = (("forecast", forecast.forecast_seconds), ("actual", forecast.actual_seconds))
    rows = [(name, duration(value)) for name, value in named if value is not None]
    return rows + [
        (f"of it, {kind}", f"{duration(spent.actual)} (forecast {duration(spent.forecast)})")
        for kind, spent in forecast.by_kind.items()
    ]


def duration(seconds: float) -> str:
    """Write a duration for people."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
    )
