import numpy as np

from taskaffinity.plots.budget_curve import budget_curve_info, plot_budget_curve
from taskaffinity.report.findings import Findings
from taskaffinity.runs.records import PlanRecord


def test_one_line_an_order_with_budgets_ascending(findings: Findings) -> None:
    first, second = budget_curve_info(reversed(findings.curve))
    assert (first.order, second.order) == (1, 2)
    np.testing.assert_array_equal(first.budgets, range(1, 7))
    record = findings.plan(2, 3)
    assert record is not None
    assert second.gain[2] == record.mean_gain
    np.testing.assert_array_equal(second.random_gain[2], record.percentiles("gain"))


def test_a_curve_without_rates_or_random_policies_is_nan() -> None:
    (line,) = budget_curve_info([PlanRecord(budget=2)])
    assert np.isnan(line.gain).all()
    assert np.isnan(line.random_quality).all()
    assert PlanRecord(budget=2).percentiles("gain") == [None, None, None]


def test_the_figure_says_what_is_random(findings: Findings) -> None:
    figure = plot_budget_curve(budget_curve_info(findings.curve))
    words = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert words == ["random policies, 5–95 %", "one source a target", "up to 2 sources"]
    assert figure.axes[0].get_xlabel() == "supervision budget"
