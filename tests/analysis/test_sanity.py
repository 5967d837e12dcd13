import json

import numpy as np
import pandas as pd

from taskaffinity.analysis.contests import contests
from taskaffinity.analysis.sanity import sanity_record, wins_over_random
from taskaffinity.analysis.tables import checked_losses


def _record(rows: list[tuple[str, str, str, float]]) -> dict[str, object]:
    table = pd.DataFrame(rows, columns=["target", "sources", "image", "loss"])
    return sanity_record(contests(checked_losses(table)))


def test_own_networks_are_held_against_both_opponents() -> None:
    losses = {
        ("a", "self"): [1.0, 1.0, 1.0, np.nan],
        ("a", "constant"): [2.0, 2.0, 0.5, 2.0],
        ("a", "random"): [1.0, 2.0, np.nan, 2.0],
        ("b", "self"): [1.0, 1.0, 1.0, 1.0],
        ("b", "constant"): [2.0, 2.0, 2.0, 2.0],
        ("c", "x"): [1.0, 1.0, 1.0, 1.0],
    }
    rows = [(*key, f"image-{k}", loss) for key, values in losses.items() for k, loss in enumerate(values)]
    record = _record(rows)
    assert record == {
        "mean": {"constant": (2 / 3 + 1.0) / 2, "random": 0.75},
        "targets": [
            {"target": "a", "constant": 0.5 + 1 / 6, "random": 0.75, "images": 3},
            {"target": "b", "constant": 1.0, "random": None, "images": 4},
            {"target": "c", "constant": None, "random": None, "images": 0},
        ],
    }
    json.dumps(record, allow_nan=False)


def test_without_opponents_there_is_no_mean() -> None:
    assert _record([("a", "self", "i", 1.0)])["mean"] == {"constant": None, "random": None}


def test_opponents_that_share_no_image_tell_nothing() -> None:
    record = _record([("a", "self", "i", 1.0), ("a", "random", "j", 1.0)])
    assert record["targets"] == [{"target": "a", "constant": None, "random": None, "images": 1}]


def test_readouts_are_held_against_those_on_random_features() -> None:
    losses = {
        ("a", "x"): [1.0, 1.0, 3.0, 1.0],
        ("a", "x+y"): [1.0, 1.0, 1.0, np.nan],
        ("a", "random"): [2.0, 1.0, 2.0, np.nan],
        ("a", "self"): [0.0, 0.0, 0.0, 0.0],
        ("b", "x"): [1.0, 1.0, 1.0, 1.0],
    }
    rows = [(*key, f"image-{k}", loss) for key, values in losses.items() for k, loss in enumerate(values)]
    table = wins_over_random(pd.DataFrame(rows, columns=["target", "sources", "image", "loss"]))
    assert table[["target", "sources", "images"]].values.tolist() == [["a", "x", 3], ["a", "x+y", 3]]
    np.testing.assert_allclose(table["wins"], [0.5, (1 + 0.5 + 1) / 3])


def test_random_features_that_diverged_tell_nothing() -> None:
    rows = [("a", "x", "i", 1.0), ("a", "random", "i", np.inf)]
    assert wins_over_random(pd.DataFrame(rows, columns=["target", "sources", "image", "loss"])).empty
