from pathlib import Path

import pytest

from taskaffinity.report.findings import Findings
from taskaffinity.report.page import render
from taskaffinity.report.tables import findings_of_tables
from taskaffinity.runs.opening import open_measured


@pytest.fixture(scope="module")
def made(run: Path) -> Findings:
    found = open_measured(run / "affinities.csv", run / "gain.csv", run / "quality.csv")
    return findings_of_tables("made up", found)


def test_the_taxonomies_of_a_table_are_those_of_trying_every_set(made: Findings, findings: Findings) -> None:
    for record in made.curve:
        tried = findings.plan(record.order, record.budget)
        assert tried is not None
        assert record.objective == pytest.approx(tried.objective, rel=1e-3)


def test_orders_are_the_first_the_second_and_the_highest(made: Findings) -> None:
    assert made.orders == [1, 2]
    assert made.order == 2
    assert made.tree is not None


def test_a_page_about_tables_has_no_losses_and_no_pictures(made: Findings) -> None:
    page = render(made, [], 2, 3)
    assert "Mean test loss, before" not in page
    assert "data:image/webp" not in page


def test_the_published_results_make_a_page(real_data: Path) -> None:
    folder = real_data / "taskonomy-results"
    found = open_measured(
        folder / "all_affinities.pkl", folder / "wins_vs_pixels.pkl", folder / "wins_vs_task.pkl"
    )
    made = findings_of_tables("published", found)
    three = made.plan(1, 3)
    assert three is not None
    assert sorted(three.sources) == ["denoise", "edge2d", "rgb2sfnorm"]
    assert three.mean_gain == pytest.approx(0.707, abs=5e-4)
    assert made.tree is not None
    assert len(made.tree.clusters) == 4
    assert len(render(made, [], 1, 3).encode()) < 5_000_000
