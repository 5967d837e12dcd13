import numpy as np

from taskaffinity.plots.gain_quality import gain_quality_info, plot_gain_quality, row_of
from taskaffinity.report.findings import Findings
from taskaffinity.runs.records import EdgeRecord, PlanRecord


def test_a_supervised_target_stands_for_its_own_network() -> None:
    assert row_of(EdgeRecord(target="normal", sources=("normal",))) == ("normal", "self")
    assert row_of(EdgeRecord(target="normal", sources=("a", "b"))) == ("normal", "a+b")


def test_rates_come_with_the_bounds_of_their_transfer(findings: Findings) -> None:
    taxonomy = findings.plan(1, 2)
    assert taxonomy is not None
    info = gain_quality_info(taxonomy, findings.transfers, findings.labels)
    assert len(info.targets) == 5
    np.testing.assert_allclose(info.gain[:, 0] - info.gain[:, 1], 0.02)
    np.testing.assert_allclose(info.quality[:, 2] - info.quality[:, 0], 0.02)
    supervised = [target for target, names in zip(info.targets, info.sources, strict=True) if target == names]
    assert set(supervised) == set(taxonomy.sources) & set(info.targets)


def test_missing_rates_are_nan(findings: Findings) -> None:
    edge = EdgeRecord(target="normal", sources=("nothing_known",), quality=0.4)
    info = gain_quality_info(PlanRecord(budget=1, transfers=(edge,)), findings.transfers, findings.labels)
    assert np.isnan(info.gain).all()
    np.testing.assert_array_equal(info.quality, [[0.4, np.nan, np.nan]])


def test_the_figure_says_who_learns_from_whom(findings: Findings) -> None:
    taxonomy = findings.plan(2, 3)
    assert taxonomy is not None
    figure = plot_gain_quality(
        gain_quality_info(taxonomy, findings.transfers, findings.labels), findings.labels
    )
    words = [text.get_text() for text in figure.axes[1].texts]
    assert words.count("supervised") == 3
    assert len(words) == 5
    assert "%" in figure.axes[0].get_xlabel()
