"""H-score with a shrunk covariance.

Y. Bao, Y. Li, S.-L. Huang, L. Zhang, L. Zheng, A. Zamir, L. Guibas, *An Information-Theoretic Approach to
Transferability in Task Transfer Learning*, ICIP 2019; S. Ibrahim, N. Ponomareva, R. Mazumder, *Newer is not
always better: Rethinking transferability metrics, their peculiarities, stability and performance*, ECML 2022.
Defined for classes, as there; for vectors the conditional mean is the linear one, which is ours.
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples


def hscore(samples: Samples) -> float:
    """Return tr(Σ_λ⁻¹ (1 − λ) cov(E[f | y])), from 0 to the number of classes minus 1 (or of dimensions)."""
    centred = samples.encodings - samples.encodings.mean(0)
    covariance, shrinkage = shrunk_covariance(centred)
    means = conditional_means(centred, samples.targets)
    between = means.T @ means / len(centred)
    return float((1 - shrinkage) * np.trace(np.linalg.solve(covariance, between)))


def conditional_means(centred: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return E[f | y] for each sample: the best linear prediction of the encodings from the label.

    From one-hot labels, this is the mean of the class.
    """
    basis, singular, _ = np.linalg.svd(targets - targets.mean(0), full_matrices=False)
    basis = basis[:, singular > 1e-10 * singular.max()]
    return basis @ (basis.T @ centred)


def shrunk_covariance(centred: np.ndarray) -> tuple[np.ndarray, float]:
    """Return Σ_λ = (1 − λ) Σ + λ tr(Σ)/D · I, and λ of Ledoit and Wolf (2004, equation 14).

        λ = min(b², d²) / d² ,   d² = |Σ − tr(Σ)/D · I|² ,   b² = 1/N² Σ_n |f_n f_nᵀ − Σ|² ,

    norms of Frobenius.

    Parameters
    ----------
    centred
        float64 (N, D), of mean 0.
    """
    count, dimensions = centred.shape
    covariance = centred.T @ centred / count
    mean = np.trace(covariance) / dimensions
    distance = ((covariance - mean * np.eye(dimensions)) ** 2).sum()
    noise = (((centred**2).sum(1) ** 2).sum() / count - (covariance**2).sum()) / count
    shrinkage = 1.0 if distance <= 1e-12 * mean**2 else float(np.clip(noise / distance, 0.0, 1.0))
    floor = 1e-10 * mean  # keeps what does not vary invertible where nothing is shrunk
    shrunk = (1 - shrinkage) * covariance + (shrinkage * mean + floor) * np.eye(dimensions)
    return shrunk, shrinkage


ESTIMATE = Estimate(
    "hscore", "H-score", "Bao et al., 2019; Ibrahim et al., 2022", ("classes", "vectors"), hscore,
    saturates=True,
)  # fmt: skip
