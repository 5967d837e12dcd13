from taskaffinity.report.findings import Findings
from taskaffinity.report.views import answers_of, cost_of, diverged_of, duration, facts_of, target_views


def test_every_taxonomy_has_an_answer(findings: Findings) -> None:
    views = answers_of(findings)
    assert [(v.answer.order, v.answer.budget) for v in views] == [(o, b) for o in (1, 2) for b in range(1, 7)]
    assert {view.has_shares for view in views if view.answer.order == 2} == {True}
    supervised = {edge.target for edge in views[3].edges if edge.is_supervised}
    assert supervised == set(views[3].answer.supervised) - {"jigsaw"}


def test_facts_count_transfers_without_references(findings: Findings) -> None:
    facts = dict(facts_of(findings))
    assert facts["transfers"] == "105"  # 5 targets from 6 sources and 15 pairs
    assert (facts["sources"], facts["targets"]) == ("6", "5")
    assert facts["data"] == "made up, 976 views"
    assert facts["test split"] == "96"


def test_targets_know_their_neighbours_in_the_tree(findings: Findings) -> None:
    views = {view.name: view for view in target_views(findings, {})}
    assert views["normal"].near == ["depth_zbuffer"]
    assert views["normal"].slide is None
    assert len(views["normal"].rows) == 24


def test_diverged_cells_are_listed(findings: Findings) -> None:
    assert diverged_of(findings) == [("normal", "denoising+jigsaw")]


def test_costs_are_durations(findings: Findings) -> None:
    assert cost_of(findings.forecast) == [
        ("forecast", "11 min 40 s"), ("actual", "12 min 14 s"),
        ("of it, source", "8 min 32 s (forecast 8 min 20 s)"),
    ]  # fmt: skip
    assert cost_of(None) == []
    assert (duration(5.2), duration(7260)) == ("5 s", "2 h 01 min")
