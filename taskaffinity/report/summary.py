"""The end of a run on the terminal: the answer in words, and a table of budgets."""

from pathlib import Path

from taskaffinity.plots.labels import Labels, label_of
from taskaffinity.report.answer import Answer, answer_of, default_budget, sentences
from taskaffinity.report.computation import computation_sentences
from taskaffinity.report.findings import Findings, read_findings
from taskaffinity.runs.folder import RunFolder

MOST_ROWS = 10
MOST_UNKNOWN = 4


def in_words(folder: Path | RunFolder) -> str:
    """Say what a run found, in a few lines.

    Raises
    ------
    RunError
        It has no affinities yet.
    """
    return say(read_findings(folder.path if isinstance(folder, RunFolder) else folder))


def say(findings: Findings) -> str:
    """Say findings in a few lines: the answer at the default budget, then a table of budgets."""
    order = findings.order
    budget = default_budget(findings, order)
    if budget is None:
        return f"{len(findings.transfers)} transfers onto {len(findings.targets)} targets; no taxonomy yet"
    records = [record for record in findings.curve if record.order == order]
    answers = [answer_of(record, findings.transfers, findings.labels) for record in records]
    chosen = next(answer for answer in answers if answer.budget == budget)
    lines = [
        *sentences(chosen, findings.labels),
        *computation_sentences(findings),
        "",
        f"{'budget':>6}  {'gain':>6}  {'quality':>7}  supervised",
    ]
    lines += [_row(answer, findings.labels) for answer in _shown(answers, budget)]
    lines += _unknown(findings)
    return "\n".join(lines)


def _unknown(findings: Findings) -> list[str]:
    """Say in one line how much the losses leave open; the report lists it."""
    if not findings.unknown:
        return []
    labels = findings.labels
    parts = sorted({f"{one.what} of {label_of(one.target, labels).title}" for one in findings.unknown})
    more = f" and {len(parts) - MOST_UNKNOWN} more" if len(parts) > MOST_UNKNOWN else ""
    return ["", f"unknown in part: {'; '.join(parts[:MOST_UNKNOWN])}{more}; the report says why"]


def _shown(answers: list[Answer], budget: float) -> list[Answer]:
    """Leave out large budgets where there are many; the chosen one stays."""
    return [a for i, a in enumerate(answers) if i < MOST_ROWS or a.budget == budget]


def _row(answer: Answer, labels: Labels) -> str:
    def rate(value: float | None) -> str:
        return "" if value is None else f"{100 * value:.1f} %"

    gain = rate(answer.gain.value if answer.gain else None)
    quality = rate(answer.quality.value if answer.quality else None)
    names = ", ".join(label_of(name, labels).title for name in answer.supervised)
    return f"{answer.budget:>6}  {gain:>6}  {quality:>7}  {names}"
