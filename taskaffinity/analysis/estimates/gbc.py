"""GBC: how far classes overlap as Gaussians, by the Bhattacharyya coefficient.

M. Pándy, A. Agostinelli, J. Uijlings, V. Ferrari, T. Mensink, *Transferability Estimation using Bhattacharyya
Class Separability*, CVPR 2022, equations 2 to 4. Defined for classes.
"""

from itertools import combinations

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples, UndefinedError

DIMENSIONS = 64  # of the principal components that are kept, as in the paper
FLOOR = 1e-6  # of the mean variance of all samples


def gbc(samples: Samples) -> float:
    """Return −Σ_{i ≠ j} exp(−D(i, j)), at most 0; a class with fewer than two samples is left out.

    Covariances are diagonal, one of the two forms of the paper.

    Raises
    ------
    UndefinedError
        Fewer than two classes have two samples.
    """
    components = principal(samples.encodings)
    floor = FLOOR * components.var(0).mean()
    members = [components[samples.labels == one] for one in samples.classes]
    gaussians = [(part.mean(0), part.var(0) + floor) for part in members if len(part) > 1]
    if len(gaussians) < 2:
        raise UndefinedError("fewer than two classes have two samples")
    return float(-2 * sum(np.exp(-distance(*one, *other)) for one, other in combinations(gaussians, 2)))


def principal(encodings: np.ndarray) -> np.ndarray:
    """Return the first principal components (N, at most `DIMENSIONS`)."""
    left, singular, _ = np.linalg.svd(encodings - encodings.mean(0), full_matrices=False)
    kept = singular[:DIMENSIONS] > 1e-10 * singular.max()
    return left[:, :DIMENSIONS][:, kept] * singular[:DIMENSIONS][kept]


def distance(mean: np.ndarray, variance: np.ndarray, other: np.ndarray, other_variance: np.ndarray) -> float:
    """Return the Bhattacharyya distance of two Gaussians of diagonal covariance, all arguments (D,).

    D = 1/8 (μ − μ')ᵀ S⁻¹ (μ − μ') + 1/2 log |S| / √(|Σ| |Σ'|) ,   S = (Σ + Σ') / 2 .
    """
    mixed = (variance + other_variance) / 2
    apart = ((mean - other) ** 2 / mixed).sum() / 8
    return float(apart + 0.5 * (np.log(mixed) - 0.5 * np.log(variance) - 0.5 * np.log(other_variance)).sum())


ESTIMATE = Estimate("gbc", "GBC", "Pándy et al., CVPR 2022", ("classes",), gbc)
