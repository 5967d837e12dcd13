"""Subspace alignment (Fernando et al., ICCV 2013).

With P_s and P_t the leading principal directions of both domains, (D, d), the aligned source subspace is
P_s M, M = P_sᵀ P_t (equation 4), and images are compared by y_sᵀ P_s M P_tᵀ y_t (equation 5). So a target
encoding y_t acts as P_s M P_tᵀ y_t among those of the source. As in the paper, encodings are standardised in
each domain first.
"""

import numpy as np

from taskaffinity.training.adaptation.alignment import Affine

MIN_SPREAD = 1e-6


def directions(values: np.ndarray, variance: float) -> np.ndarray:
    """Return the leading principal directions of standardised values (N, D), those of `variance` of them."""
    _, singular, rows = np.linalg.svd(values, full_matrices=False)
    share = np.cumsum(singular**2) / max(np.sum(singular**2), np.finfo(float).tiny)
    return rows[: int(np.searchsorted(share, variance - 1e-12)) + 1].T


def subspace_alignment(source: np.ndarray, target: np.ndarray, variance: float) -> Affine:
    """Map target encodings to the source's by aligning their subspaces.

    Parameters
    ----------
    source, target
        float (N, D) and (M, D).
    variance
        The share of the source's variance that its subspace keeps, in (0, 1]; the target's has as many
        dimensions. At 1, subspaces are whole and nothing but mean and spread is aligned.
    """
    (of_source, mean_s, spread_s), (of_target, mean_t, spread_t) = map(_standardised, (source, target))
    p_s = directions(of_source, variance)
    p_t = directions(of_target, 1.0)[:, : p_s.shape[1]]
    p_s = p_s[:, : p_t.shape[1]]
    aligned = p_t @ alignment(p_s, p_t).T @ p_s.T
    return Affine(aligned / spread_t[:, None] * spread_s, mean_t, mean_s)


def alignment(p_s: np.ndarray, p_t: np.ndarray) -> np.ndarray:
    """Return M = P_sᵀ P_t, (d, d); the identity for equal subspaces."""
    return p_s.T @ p_t


def _standardised(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    mean, spread = values.mean(0), np.maximum(values.std(0), MIN_SPREAD)
    return (values - mean) / spread, mean, spread
