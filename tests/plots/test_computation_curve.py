import numpy as np

from taskaffinity.plots.computation_curve import computation_curve_info, plot_computation_curve
from taskaffinity.runs.records import ComputationRecord, PlanRecord

RECORD = ComputationRecord(
    curve=(
        PlanRecord(compute=2e8, sources=("a",), mean_gain=0.5, mean_quality=0.3),
        PlanRecord(compute=1.5e9, sources=("a", "b"), mean_gain=0.7),
    )
)


def test_what_is_drawn_is_what_was_solved() -> None:
    info = computation_curve_info(RECORD)
    np.testing.assert_array_equal(info.budgets, [2e8, 1.5e9])
    np.testing.assert_array_equal(info.encoders, [1, 2])
    np.testing.assert_array_equal(info.gain, [0.5, 0.7])
    np.testing.assert_array_equal(info.quality, [0.3, np.nan])
    assert np.isnan(info.random_gain).all()


def test_budgets_are_on_a_logarithmic_axis_with_their_names() -> None:
    axes = plot_computation_curve(computation_curve_info(RECORD)).axes[0]
    assert axes.get_xscale() == "log"
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["200M", "1.5G"]
    assert {text.get_text() for text in axes.texts} == {"1", "2"}
