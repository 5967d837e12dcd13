from dataclasses import replace
from pathlib import Path

from taskaffinity.report.findings import Findings
from taskaffinity.report.page import render
from taskaffinity.report.summary import in_words, say
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.records import UnknownRecord


def test_the_answer_comes_first_and_then_a_row_a_budget(run: Path) -> None:
    lines = in_words(run).splitlines()
    assert lines[0].startswith("With a budget of ")
    head = lines.index("budget    gain  quality  supervised")
    assert [line.split()[0] for line in lines[head + 1 :]] == [str(budget) for budget in range(1, 7)]
    assert in_words(RunFolder(run)) == in_words(run)


def test_many_budgets_are_cut_short_but_the_chosen_one_stays(findings: Findings) -> None:
    record = findings.curve[0]
    gains = [0.1 + 0.001 * b if b < 18 else 0.9 for b in range(1, 21)]
    curve = [
        record.model_copy(update={"order": 2, "budget": b, "mean_gain": gain})
        for b, gain in enumerate(gains, start=1)
    ]
    rows = say(replace(findings, curve=curve)).splitlines()
    assert "supervise" in rows[0]
    assert [row.split()[0] for row in rows[-11:]] == [*map(str, range(1, 11)), "18"]


def test_without_a_taxonomy_it_says_so(findings: Findings) -> None:
    assert say(replace(findings, curve=[])).endswith("no taxonomy yet")


def test_what_the_losses_leave_open_is_said(findings: Findings) -> None:
    target = findings.targets[0]
    unknown = [UnknownRecord(target=target, what="gain", sources=("a", "b"), why="'scratch' diverged")]
    said = say(replace(findings, unknown=unknown)).splitlines()[-1]
    assert "unknown" in said
    assert "gain" in said
    assert "unknown" not in say(findings)
    page = render(replace(findings, unknown=unknown), [], findings.order, findings.curve[0].budget)
    assert "&#39;scratch&#39; diverged" in page
