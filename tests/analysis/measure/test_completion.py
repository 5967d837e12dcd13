import numpy as np
import pytest

from taskaffinity.analysis.measure import complete


def low_rank(seed: int, shape: tuple[int, int] = (15, 18), noise: float = 0.1) -> np.ndarray:
    """Rows of different levels and scales, two factors, a little noise."""
    random = np.random.default_rng(seed)
    rows, columns = random.standard_normal((shape[0], 2)), random.standard_normal((2, shape[1]))
    scale = np.exp(random.normal(0, 0.5, (shape[0], 1)))
    level = random.normal(0, 2, (shape[0], 1))
    return level + scale * (rows @ columns + noise * random.standard_normal(shape))


def hidden(matrix: np.ndarray, seed: int, share: float = 0.4) -> np.ndarray:
    """Keep a share of the cells, one of every row at the least."""
    keep = np.random.default_rng([seed, 1]).random(matrix.shape) < share
    keep[:, 0] = True
    return np.where(keep, matrix, np.nan)


def test_measured_cells_keep_their_value_in_every_draw() -> None:
    measured = hidden(low_rank(0), 0)
    completion = complete(measured)
    known = ~np.isnan(measured)
    assert np.isfinite(completion.draws).all()
    assert (completion.draws[:, known] == measured[known]).all()
    assert (np.ptp(completion.draws[:, known], axis=0) == 0).all()
    assert (completion.spread[~known] > 0).all()


def test_the_same_numbers_give_the_same_draws() -> None:
    measured = hidden(low_rank(1), 1)
    np.testing.assert_array_equal(complete(measured, seed=3).draws, complete(measured, seed=3).draws)
    assert (complete(measured, seed=3).draws != complete(measured, seed=4).draws).any()


@pytest.mark.parametrize("seed", range(3))
def test_hidden_cells_are_predicted_better_than_by_the_mean_of_their_row(seed: int) -> None:
    matrix = low_rank(seed)
    measured = hidden(matrix, seed, 0.5)
    unknown = np.isnan(measured)
    by_row = np.broadcast_to(np.nanmean(measured, axis=1, keepdims=True), matrix.shape)
    error, naive = ((complete(measured).mean - matrix)[unknown], (by_row - matrix)[unknown])
    assert np.sqrt((error**2).mean()) < 0.6 * np.sqrt((naive**2).mean())


def test_hidden_cells_lie_within_the_draws_as_often_as_they_should() -> None:
    inside = []
    for seed in range(8):
        matrix = low_rank(seed, noise=0.5)
        measured = hidden(matrix, seed)
        low, high = np.quantile(complete(measured, seed=seed).draws, [0.05, 0.95], axis=0)
        unknown = np.isnan(measured)
        inside.append(((low <= matrix) & (matrix <= high))[unknown].mean())
    assert 0.8 <= np.mean(inside) <= 0.97  # 0.9 where the model is true


def test_a_covariate_that_tells_all_is_used() -> None:
    random = np.random.default_rng(0)
    covariate = random.standard_normal((12, 14))
    matrix = 3.0 * covariate + random.normal(0, 1, (12, 1)) + 0.1 * random.standard_normal((12, 14))
    measured = hidden(matrix, 0, 0.25)
    unknown = np.isnan(measured)

    def error(covariates: np.ndarray | None) -> float:
        return float(np.abs(complete(measured, covariates).mean - matrix)[unknown].mean())

    assert error(covariate[..., None]) < 0.3 * error(None)


def test_nothing_measured_and_all_alike_are_no_fault() -> None:
    assert np.isfinite(complete(np.full((3, 4), np.nan)).draws).all()
    measured = np.where(np.eye(4, dtype=bool), 1.0, np.nan)
    assert np.isfinite(complete(measured).draws).all()
