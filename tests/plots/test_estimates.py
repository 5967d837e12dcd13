import numpy as np

from taskaffinity.plots.estimates import estimates_info, plot_estimates
from taskaffinity.runs.estimates import EstimatesRecord


def side(tau: float | None, regret: float | None) -> dict[str, float | None]:
    return {"spearman": tau, "weighted_tau": tau, "regret": regret, "lost": regret}


RECORD = EstimatesRecord.model_validate({
    "is_measured": True,
    "rankings": [
        {"estimate": "a", "title": "A", "targets": 2, "pairs": 9, "own": side(0.1, 0.9),
         "constant": side(0.5, 0.3), "size": side(None, None)},
        {"estimate": "b", "title": "B", "targets": 2, "pairs": 9, "own": side(0.7, 0.2),
         "constant": side(0.5, 0.3), "size": side(0.0, 1.0)},
    ],
})  # fmt: skip


def test_the_best_stands_first_and_what_is_missing_is_nan() -> None:
    info = estimates_info(RECORD)
    assert info.titles == ["B", "A"]
    np.testing.assert_array_equal(info.weighted_tau, [[0.7, 0.5, 0.0], [0.1, 0.5, np.nan]])
    np.testing.assert_array_equal(info.regret, [[0.2, 0.3, 1.0], [0.9, 0.3, np.nan]])


def test_both_baselines_are_drawn_beside_the_estimates() -> None:
    figure = plot_estimates(estimates_info(RECORD))
    words = {text.get_text() for text in figure.legends[0].get_texts()}
    assert words == {"the estimate", "the constant ranking", "the ranking by size"}
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["B", "A"]
