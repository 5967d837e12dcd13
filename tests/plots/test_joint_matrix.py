import numpy as np
import pandas as pd

from taskaffinity.plots.joint_matrix import joint_matrix_info, plot_joint_matrix
from taskaffinity.plots.labels import DisplayLabel

LABELS = {name: DisplayLabel(name.upper(), "2D", "loss") for name in ("a", "b", "c")}
ROWS = [
    ("ab", "a", 0.1, 0.05, 0.2), ("ab", "b", -0.1, -0.2, 0.1), ("ab_again", "a", 0.3, -0.1, 0.4),
    ("ab_again", "b", -0.1, -0.2, -0.05), ("abc", "a", 0.0, -0.1, 0.1), ("abc", "b", 0.2, 0.1, 0.3),
    ("abc", "c", 0.2, 0.1, 0.3), ("thin", "a", 9.0, 8.0, 10.0),
]  # fmt: skip


def changes() -> pd.DataFrame:
    frame = pd.DataFrame(ROWS, columns=["source", "target", "change", "low", "high"])
    return frame.assign(against="self")


def test_pairs_stand_under_the_partner_and_larger_groups_under_their_name():
    info = joint_matrix_info(changes(), LABELS)
    assert info.tasks == ["a", "b", "c"]
    assert info.columns == ["a", "b", "abc"]
    expected = [[np.nan, 0.2, 0.0], [-0.1, np.nan, 0.2], [np.nan, np.nan, 0.2]]
    np.testing.assert_allclose(info.change, expected)
    assert info.is_clear.tolist() == [[False, False, False], [False, False, True], [False, False, True]]


def test_it_is_drawn_with_a_text_for_each_value():
    figure = plot_joint_matrix(joint_matrix_info(changes(), LABELS), LABELS)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert len(texts) == 5
    assert "+20.0 •" in texts
