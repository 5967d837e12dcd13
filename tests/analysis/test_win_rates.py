import numpy as np
import pytest

from taskaffinity.analysis.contests import Contest, MeasuredTransfer
from taskaffinity.analysis.win_rates import known_win_rates, opponent_of, win_rates


def _contest(*transfers: tuple[str, int | None, list[float]]) -> Contest:
    losses = np.array([[values for *_, values in transfers]])
    images = tuple(f"image-{k}" for k in range(losses.shape[2]))
    return Contest(
        "a", tuple(MeasuredTransfer(name, size) for name, size, _ in transfers), ("None",), images, losses
    )


def _rates(contest: Contest, kind: str) -> dict[str, float]:
    positions, rates = known_win_rates(contest, kind)
    return {contest.transfers[k].sources: rate for k, rate in zip(positions, rates, strict=True)}


CONTEST = _contest(
    ("constant", None, [9.0, 9.0, 9.0, 9.0]),
    ("scratch", None, [2.0, 2.0, 2.0, np.nan]),
    ("self", None, [1.0, 1.0, 1.0, 1.0]),
    ("x", None, [1.0, 2.0, 3.0, 0.0]),
    ("y", None, [np.nan, np.nan, np.inf, np.inf]),
    ("z", None, [np.nan, np.nan, np.nan, 0.0]),
)


def test_gain_is_against_scratch_on_shared_images_ties_half() -> None:
    rates = _rates(CONTEST, "gain")
    assert rates == {"scratch": 0.5, "self": 1.0, "x": 0.5, "y": 0.0}  # z shares no image with scratch


def test_quality_is_against_the_targets_own_network() -> None:
    rates = _rates(CONTEST, "quality")
    assert rates == {"scratch": 0.0, "self": 0.5, "x": 0.375, "y": 0.0, "z": 1.0}


@pytest.mark.parametrize("kind", ["gain", "quality"])
def test_without_its_reference_there_is_no_rate(kind: str) -> None:
    assert _rates(_contest(("x", None, [1.0]), ("random", None, [2.0])), kind) == {}


def test_weights_count_images() -> None:
    rates = win_rates(CONTEST, CONTEST.losses[0], "gain", np.array([[3, 0, 1, 5], [0, 0, 0, 9]]))
    assert rates[0, 3] == 0.75
    assert np.isnan(rates[1, 3])  # scratch has no loss on the only image drawn


def test_a_transfer_is_judged_by_scratch_of_its_own_size() -> None:
    contest = _contest(
        ("scratch", 10, [4.0]), ("scratch", 100, [2.0]), ("self", 1000, [1.0]), ("self", 50, [1.5]),
        ("x", 10, [3.0]), ("x", 100, [3.0]), ("x", 7, [3.0]),
    )  # fmt: skip
    positions, rates = known_win_rates(contest, "gain")
    by_size = {contest.transfers[k]: rate for k, rate in zip(positions, rates, strict=True)}
    assert [by_size["x", size] for size in (10, 100, 7)] == [1.0, 0.0, 0.0]


def test_the_own_network_is_the_one_trained_on_the_most() -> None:
    contest = _contest(("self", 50, [1.5]), ("self", 1000, [1.0]), ("x", 50, [1.2]))
    assert opponent_of(contest, MeasuredTransfer("x", 50), "self") == 1
    assert opponent_of(contest, MeasuredTransfer("x", 50), "scratch") is None
