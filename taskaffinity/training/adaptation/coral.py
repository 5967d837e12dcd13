"""CORAL, correlation alignment (Sun, Feng and Saenko, AAAI 2016).

Encodings are whitened with the covariance of their own domain and coloured with that of the other (their
algorithm 1): x → (x − mean_t)·C_t^(−1/2)·C_s^(1/2) + mean_s.
"""

import numpy as np

from taskaffinity.training.adaptation.alignment import Affine

REGULAR = 1.0  # the paper adds the identity to covariances of standardised encodings


def coral(source: np.ndarray, target: np.ndarray) -> Affine:
    """Map target encodings to the source's by their covariances.

    Parameters
    ----------
    source, target
        float (N, D) and (M, D).
    """
    unit = REGULAR * np.mean(source.var(0))  # of our encodings, which are not standardised
    whitened = power(covariance(target, unit), -0.5)
    return Affine(whitened @ power(covariance(source, unit), 0.5), target.mean(0), source.mean(0))


def covariance(values: np.ndarray, regular: float) -> np.ndarray:
    """Return the covariance of values (N, D) with `regular` added to its diagonal."""
    centred = values - values.mean(0)
    return centred.T @ centred / max(1, len(values) - 1) + regular * np.eye(values.shape[1])


def power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    """Raise a symmetric positive matrix to a real power."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, np.finfo(float).tiny) ** exponent) @ vectors.T
