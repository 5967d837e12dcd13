from dataclasses import replace

import numpy as np
import pytest

from taskaffinity.report.answer import Expected, answer_of, default_budget, names_of, sentences
from taskaffinity.report.findings import Findings
from taskaffinity.runs.records import PlanRecord


def curve_of(gains: list[float | None]) -> list[PlanRecord]:
    return [PlanRecord(budget=b, mean_gain=gain, objective=float(b)) for b, gain in enumerate(gains, start=1)]


@pytest.mark.parametrize(
    ("gains", "budget"),
    [([0.1, 0.5, 0.9, 0.92, 0.93], 3), ([0.1, 0.9, 0.9, 0.9, 0.9], 2), ([0.5], 1), ([0.4, 0.4, 0.4], 1)],
)
def test_the_default_budget_is_the_knee(findings: Findings, gains: list[float | None], budget: int) -> None:
    assert default_budget(replace(findings, curve=curve_of(gains)), 1) == budget


def test_without_gain_the_objective_has_the_knee(findings: Findings) -> None:
    assert default_budget(replace(findings, curve=curve_of([None, None])), 1) == 1


def test_there_is_no_default_without_a_taxonomy(findings: Findings) -> None:
    assert default_budget(findings, 7) is None


def test_an_answer_groups_targets_by_what_they_learn_from(findings: Findings) -> None:
    taxonomy = findings.plan(2, 2)
    assert taxonomy is not None
    answer = answer_of(taxonomy, findings.transfers, findings.labels)
    learners = {edge.target for edge in taxonomy.transfers} - set(taxonomy.sources)
    assert {target for _, targets in answer.learning for target in targets} == learners
    assert [len(targets) for _, targets in answer.learning] == sorted(
        (len(targets) for _, targets in answer.learning), reverse=True
    )
    assert answer.gain is not None
    assert answer.gain.value == taxonomy.mean_gain
    assert answer.gain.low == pytest.approx(answer.gain.value - 0.02)
    assert answer.random_gain[1] == taxonomy.percentiles("gain")[1]


def test_sentences_say_it_all(findings: Findings) -> None:
    taxonomy = PlanRecord.model_validate({
        "order": 2, "budget": 2, "sources": ["normal", "denoising"], "mean_gain": 0.9, "mean_quality": 0.4,
        "transfers": [
            {"target": "normal", "sources": ["normal"], "gain": 0.95, "quality": 0.5},
            {"target": "autoencoding", "sources": ["denoising"], "gain": 0.85, "quality": 0.3},
        ],
    })  # fmt: skip
    said = sentences(answer_of(taxonomy, findings.transfers, findings.labels), findings.labels)
    assert said[0] == "With a budget of 2, supervise Denoising and Surface normals."
    assert said[1] == "From Denoising learn Autoencoding."
    assert "90 %" in said[2]
    assert "40 %" in said[3]


def test_names_are_listed_in_words() -> None:
    assert names_of([], {}) == "nothing"
    assert names_of(["a"], {}) == "a"
    assert names_of(["a", "b", "c"], {}) == "a, b and c"


def test_an_interval_is_said_where_there_is_one() -> None:
    assert Expected(0.876, 0.861, 0.894).words() == "88 % [86–89]"
    assert Expected(0.876, np.nan, np.nan).words() == "88 %"
