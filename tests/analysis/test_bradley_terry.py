import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskaffinity.analysis import bradley_terry
from taskaffinity.analysis.ahp import CLIP, ConvergenceError, priorities
from taskaffinity.analysis.bradley_terry import rank_agreement, strengths
from taskaffinity.analysis.tournament import win_shares


@given(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=12))
def test_a_tournament_made_by_the_model_gives_its_strengths(made_by: list[float]) -> None:
    p = np.array(made_by) / sum(made_by)
    np.testing.assert_allclose(strengths(p[:, None] / (p[:, None] + p)), p, rtol=1e-6)


@given(st.integers(0, 2**32 - 1), st.integers(2, 20), st.integers(1, 100))
def test_expected_wins_equal_observed_ones(seed: int, n: int, images: int) -> None:
    """The likelihood is greatest where each transfer is expected to win as often as it did."""
    shares = win_shares(np.random.default_rng(seed).random((n, images)))
    p = strengths(shares)
    observed = np.clip(shares, *CLIP)
    np.fill_diagonal(observed, 0.0)
    expected = p[:, None] / (p[:, None] + p)
    np.fill_diagonal(expected, 0.0)
    np.testing.assert_allclose(expected.sum(axis=1), observed.sum(axis=1), atol=1e-6)
    assert p.sum() == pytest.approx(1.0)


def test_who_wins_every_image_has_a_finite_strength() -> None:
    found = strengths(np.array([[0.5, 1.0], [0.0, 0.5]]))
    np.testing.assert_allclose(found, [0.999, 0.001], rtol=1e-6)


def test_an_iteration_that_does_not_settle_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bradley_terry, "MAX_STEPS", 1)
    shares = win_shares(np.random.default_rng(0).random((5, 9)))
    with pytest.raises(ConvergenceError, match="within 1 steps"):
        strengths(shares)


def test_both_normalisers_order_a_clear_tournament_alike() -> None:
    rng = np.random.default_rng(0)
    shares = win_shares(rng.exponential(np.geomspace(1, 20, 8)[:, None], (8, 400)))
    agreement = rank_agreement(priorities(shares).affinities, strengths(shares))
    assert agreement.tau == pytest.approx(1.0)
    assert agreement.same_best


@pytest.mark.parametrize(
    ("first", "second", "tau", "same_best"),
    [
        ([1, 2, 3], [10, 20, 30], 1.0, True),
        ([1, 2, 3], [3, 2, 1], -1.0, False),
        ([1, 2, 3], [1, 3, 2], 1 / 3, False),
        ([1], [1], np.nan, True),
        ([1, 1], [1, 2], np.nan, False),
    ],
)
def test_agreement_of_orders(first: list[float], second: list[float], tau: float, same_best: bool) -> None:
    found = rank_agreement(np.array(first), np.array(second))
    assert found.tau == pytest.approx(tau, nan_ok=True)
    assert found.same_best is same_best
