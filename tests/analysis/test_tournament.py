import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from taskaffinity.analysis import tournament
from taskaffinity.analysis.tournament import (
    count_wins,
    shared_images,
    shares_against,
    weighted_win_shares,
    win_shares,
)

# few distinct values, so that ties, missing and infinite losses are common
LOSSES = npst.arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 12)),
    elements=st.sampled_from([0.0, 0.1, 0.5, 1.0, 7.0, np.inf, np.nan]),
)


@given(LOSSES)
def test_shares_are_what_counting_by_hand_gives(losses: np.ndarray) -> None:
    np.testing.assert_allclose(win_shares(losses), _by_hand(losses), atol=1e-15)


@given(LOSSES)
def test_of_two_one_wins_what_the_other_loses(losses: np.ndarray) -> None:
    shares = win_shares(losses)
    known = ~np.isnan(shares)
    np.testing.assert_allclose((shares + shares.T)[known], 1.0)
    np.testing.assert_array_equal(np.diag(shares), 0.5)
    assert ((shares >= 0) & (shares <= 1))[known].all()
    np.testing.assert_array_equal(known, (shared_images(losses) > 0) | np.eye(len(losses), dtype=bool))


@given(LOSSES, st.integers(1, 255))
def test_blocks_of_any_size_give_the_same_counts(losses: np.ndarray, block: int) -> None:
    np.testing.assert_array_equal(count_wins(losses, block), count_wins(losses))


def test_counts_go_beyond_a_byte() -> None:
    losses = np.stack([np.zeros(1000), np.ones(1000)])
    np.testing.assert_array_equal(count_wins(losses), [[0, 1000], [0, 0]])


@given(LOSSES, st.integers(0, 2**32 - 1))
def test_shares_follow_the_order_of_transfers_and_not_that_of_images(losses: np.ndarray, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, columns = rng.permutation(losses.shape[0]), rng.permutation(losses.shape[1])
    shares = win_shares(losses)
    np.testing.assert_array_equal(win_shares(losses[rows][:, columns]), shares[np.ix_(rows, rows)])


@given(LOSSES, st.integers(0, 5), st.floats(0, 8))
def test_better_losses_never_win_less(losses: np.ndarray, row: int, cap: float) -> None:
    row %= len(losses)
    better = losses.copy()
    better[row] = np.minimum(losses[row], cap)
    known = ~np.isnan(win_shares(losses)[row])
    assert (win_shares(better)[row] >= win_shares(losses)[row])[known].all()


@given(LOSSES)
def test_only_the_order_of_losses_counts(losses: np.ndarray) -> None:
    np.testing.assert_array_equal(win_shares(np.exp2(np.minimum(losses, 1e3)) - 3), win_shares(losses))


def test_losses_closer_than_single_precision_are_told_apart() -> None:
    assert win_shares(np.array([[1.0], [1.0 + 1e-12]]))[0, 1] == 1.0
    assert win_shares(np.array([[1e300], [2e300]]))[0, 1] == 1.0  # both infinite in single precision


def test_a_diverged_transfer_loses_to_all_but_its_like() -> None:
    shares = win_shares(np.array([[1.0, 2.0], [np.inf, np.inf], [np.inf, np.inf]]))
    np.testing.assert_array_equal(shares, [[0.5, 1, 1], [0, 0.5, 0.5], [0, 0.5, 0.5]])


def test_a_missing_loss_is_left_out_of_its_pairs_alone() -> None:
    losses = np.array([[1.0, 1.0, np.nan], [2.0, 0.0, 0.0], [3.0, 3.0, 3.0]])
    np.testing.assert_array_equal(shared_images(losses), [[2, 2, 2], [2, 3, 3], [2, 3, 3]])
    np.testing.assert_array_equal(win_shares(losses), [[0.5, 0.5, 1], [0.5, 0.5, 1], [0, 0, 0.5]])


def test_of_a_pair_without_a_shared_image_nothing_is_known() -> None:
    shares = win_shares(np.array([[1.0, np.nan], [np.nan, 2.0]]))
    np.testing.assert_array_equal(shares, [[0.5, np.nan], [np.nan, 0.5]])


def test_a_pair_whose_images_were_not_drawn_keeps_its_share() -> None:
    losses = np.array([[1.0, 1.0, np.nan], [2.0, 2.0, np.nan], [3.0, np.nan, 3.0]])
    shares = weighted_win_shares(losses, np.array([[0, 1, 2]]))[0]
    np.testing.assert_array_equal(shares, win_shares(losses))


@given(LOSSES)
def test_weights_of_one_give_the_plain_shares(losses: np.ndarray) -> None:
    weighted = weighted_win_shares(losses, np.ones((1, losses.shape[1])))
    np.testing.assert_allclose(weighted[0], win_shares(losses), atol=1e-15)


@given(LOSSES, st.integers(0, 2**32 - 1))
def test_weights_count_as_repeated_images(losses: np.ndarray, seed: int) -> None:
    m = losses.shape[1]
    weights = np.random.default_rng(seed).multinomial(m, np.full(m, 1 / m), size=3)
    shares = weighted_win_shares(losses, weights)
    against = shares_against(losses, losses[0], weights)
    for k, counts in enumerate(weights):
        repeated = np.repeat(losses, counts, axis=1)
        drawn = win_shares(repeated)
        expected = np.where(np.isnan(drawn), win_shares(losses), drawn)
        np.testing.assert_allclose(shares[k], expected, atol=1e-15)
        known = ~np.isnan(against[k])
        np.testing.assert_allclose(against[k][known], shares[k][known, 0], atol=1e-15)
        assert (known == ((~np.isnan(repeated)) & ~np.isnan(repeated[0])).any(axis=1)).all()


def test_pairs_in_several_blocks_give_the_same_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    losses, weights = rng.random((9, 50)), rng.integers(0, 4, (5, 50))
    whole = weighted_win_shares(losses, weights)
    monkeypatch.setattr(tournament, "BLOCK_BYTES", 16 * 50 * 7)
    np.testing.assert_array_equal(weighted_win_shares(losses, weights), whole)


@pytest.mark.parametrize("block", [0, -1, 256])
def test_a_block_that_a_byte_cannot_count_is_refused(block: int) -> None:
    with pytest.raises(ValueError, match="1 to 255"):
        count_wins(np.zeros((2, 2)), block)


def _by_hand(losses: np.ndarray) -> np.ndarray:
    n = len(losses)
    shares = np.full((n, n), np.nan)
    np.fill_diagonal(shares, 0.5)
    for i in range(n):
        for j in range(n):
            points = [
                1.0 if a < b else 0.5 if a == b else 0.0
                for a, b in zip(losses[i], losses[j], strict=True)
                if not (np.isnan(a) or np.isnan(b))
            ]
            if points:
                shares[i, j] = sum(points) / len(points)
    return shares
