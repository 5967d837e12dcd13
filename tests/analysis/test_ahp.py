from itertools import combinations

import ahpy
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskaffinity.analysis.ahp import (
    ConvergenceError,
    principal_eigenvectors,
    priorities,
    random_index,
    ratios,
)
from taskaffinity.analysis.tournament import win_shares
from taskaffinity.errors import TaskAffinityError

SEEDS = st.integers(0, 2**32 - 1)


def _tournament(seed: int, n: int, images: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return win_shares(rng.exponential(rng.uniform(0.5, 2.0, (n, 1)), (n, images)))


@given(SEEDS, st.integers(1, 40), st.integers(1, 200))
def test_affinities_are_the_principal_eigenvector(seed: int, n: int, images: int) -> None:
    matrix = ratios(_tournament(seed, n, images))
    found = priorities(_tournament(seed, n, images))
    values, vectors = np.linalg.eig(matrix)
    largest = np.argmax(values.real)
    expected = np.abs(vectors[:, largest].real)
    np.testing.assert_allclose(found.affinities, expected / expected.sum(), rtol=1e-8)
    np.testing.assert_allclose(found.eigenvalue, values[largest].real, rtol=1e-9)


@given(SEEDS, st.integers(1, 40), st.integers(1, 200))
def test_affinities_are_positive_and_sum_to_one(seed: int, n: int, images: int) -> None:
    found = priorities(_tournament(seed, n, images))
    assert (found.affinities > 0).all()
    assert found.affinities.sum() == pytest.approx(1.0, abs=1e-12)
    assert found.eigenvalue >= n - 1e-9
    assert found.consistency_index >= 0
    assert found.consistency_ratio >= 0


@pytest.mark.parametrize("n", [3, 6, 10, 15])
def test_ahpy_agrees(n: int) -> None:
    shares = _tournament(n, n, 50)
    matrix, names = ratios(shares), [f"transfer-{i}" for i in range(n)]
    pairs = {(names[i], names[j]): matrix[i, j] for i, j in combinations(range(n), 2)}
    oracle = ahpy.Compare("target", pairs, precision=10, random_index="saaty")
    found = priorities(shares)
    for name, affinity in zip(names, found.affinities, strict=True):
        assert affinity == pytest.approx(oracle.local_weights[name], abs=1e-8)
    assert found.consistency_ratio == pytest.approx(oracle.consistency_ratio, abs=1e-8)


@given(st.lists(st.floats(0.05, 1.0), min_size=2, max_size=12))
def test_a_consistent_tournament_gives_its_own_strengths(strengths: list[float]) -> None:
    p = np.array(strengths) / sum(strengths)
    found = priorities(p[:, None] / (p[:, None] + p))  # W' = p_i / p_j exactly
    np.testing.assert_allclose(found.affinities, p, rtol=1e-9)
    assert found.consistency_index == pytest.approx(0.0, abs=1e-9)


def test_a_circle_is_even_and_utterly_inconsistent() -> None:
    circle = np.array([[0.5, 1.0, 0.0], [0.0, 0.5, 1.0], [1.0, 0.0, 0.5]])
    found = priorities(circle)
    np.testing.assert_allclose(found.affinities, 1 / 3)
    assert found.eigenvalue == pytest.approx(1 + 999 + 1 / 999)
    assert found.consistency_ratio == pytest.approx((found.eigenvalue - 3) / 2 / 0.52)


def test_shares_are_clipped_at_one_in_a_thousand() -> None:
    found = priorities(np.array([[0.5, 1.0], [0.0, 0.5]]))
    np.testing.assert_allclose(found.affinities, [0.999, 0.001])
    assert found.consistency_ratio == 0.0


@given(SEEDS, st.integers(2, 12), st.integers(20, 60))
def test_affinities_rise_with_better_losses(seed: int, n: int, images: int) -> None:
    rng = np.random.default_rng(seed)
    losses = rng.exponential(rng.uniform(0.5, 2.0, (n, 1)), (n, images))
    better = losses.copy()
    better[0] *= rng.uniform(0.2, 1.0, images)
    before, after = (priorities(win_shares(each)).affinities[0] for each in (losses, better))
    assert after >= before * (1 - 1e-9)


@given(SEEDS, st.integers(2, 12), st.integers(1, 30))
def test_who_wins_every_image_is_best(seed: int, n: int, images: int) -> None:
    losses = np.random.default_rng(seed).random((n, images))
    losses[-1] -= 1.0
    assert np.argmax(priorities(win_shares(losses)).affinities) == n - 1


def test_many_matrices_at_once_give_what_one_by_one_gives() -> None:
    shares = np.stack([_tournament(seed, 7, 30) for seed in range(5)])
    vectors, values = principal_eigenvectors(ratios(shares))
    for k in range(5):
        alone = priorities(shares[k])
        np.testing.assert_allclose(vectors[k], alone.affinities, rtol=1e-10)
        assert values[k] == pytest.approx(alone.eigenvalue)


def test_an_iteration_that_does_not_settle_says_so() -> None:
    matrix = ratios(_tournament(3, 5, 2))
    with pytest.raises(ConvergenceError, match="after 1 steps") as caught:
        principal_eigenvectors(matrix, max_steps=1)
    assert isinstance(caught.value, TaskAffinityError)


def test_the_random_index_goes_on_smoothly_beyond_saatys_table() -> None:
    indices = [random_index(n) for n in range(3, 200)]
    assert indices == sorted(indices)
    assert random_index(16) - random_index(15) < 0.02
    assert indices[-1] < 1.77
