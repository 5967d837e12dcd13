"""A linear readout in closed form: ridge regression, tried on images that were held out.

A. Hoerl, R. Kennard, *Ridge regression*, 1970; the penalty by generalised cross-validation (Golub, Heath and
Wahba, 1979). Defined for classes (accuracy of regression on one-hot labels) and for vectors (R²).
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples
from taskaffinity.analysis.estimates._held_out import held_out, score
from taskaffinity.analysis.estimates._spectrum import spectrum

PENALTIES = np.geomspace(1e-4, 1e4, 17)  # times the number of samples; encodings have spread 1


def ridge(samples: Samples) -> float:
    """Return how well a ridge regression predicts images that were held out; see `score` for its range."""
    return score(samples, held_out(samples, _predict))


def _predict(encodings: np.ndarray, targets: np.ndarray, held: np.ndarray) -> np.ndarray:
    mean = targets.mean(0)
    penalty = best_penalty(encodings, targets - mean)
    return held @ weights(encodings, targets - mean, penalty) + mean


def weights(encodings: np.ndarray, targets: np.ndarray, penalty: float) -> np.ndarray:
    """Return W (D, K) that minimises |F W − Y|² + λ |W|²: (Fᵀ F + λ I)⁻¹ Fᵀ Y = Fᵀ (F Fᵀ + λ I)⁻¹ Y."""
    count, dimensions = encodings.shape
    if dimensions <= count:
        return np.linalg.solve(encodings.T @ encodings + penalty * np.eye(dimensions), encodings.T @ targets)
    return encodings.T @ np.linalg.solve(encodings @ encodings.T + penalty * np.eye(count), targets)


def best_penalty(encodings: np.ndarray, targets: np.ndarray) -> float:
    """Return the penalty with the least |Y − H Y|² / (1 − tr(H)/N)², H the matrix that predicts."""
    count = len(encodings)
    sigma, along = spectrum(encodings, targets)
    fitted = along.sum(1)
    outside = max(float((targets**2).sum() - fitted.sum()), 0.0)
    penalties = PENALTIES * count
    kept = sigma / (sigma + penalties[:, None])  # (P, r)
    errors = outside + ((1 - kept) ** 2 * fitted).sum(1)
    freedom = 1 - (kept.sum(1) + 1) / count  # one for the mean
    return float(penalties[np.argmin(errors / np.maximum(freedom, 1e-3) ** 2)])


ESTIMATE = Estimate("ridge", "ridge probe", "Hoerl and Kennard, 1970", ("classes", "vectors"), ridge)
