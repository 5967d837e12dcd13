"""TransRate: the mutual information of encodings and classes, by coding rates.

L.-K. Huang, J. Huang, Y. Rong, Q. Yang, Y. Wei, *Frustratingly Easy Transferability Estimation*, ICML 2022,
equations 3 to 6. Defined for classes.
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples

DISTORTION = 1e-4  # ε, as in the authors' code


def transrate(samples: Samples) -> float:
    """Return R(Z) − Σ_c N_c/N · R(Z_c), in nats; Z are the centred encodings, Z_c those of class c.

    The conditional rate weighs classes by their share. Implementations that divide by the number of classes
    agree where classes are balanced.
    """
    centred = samples.encodings - samples.encodings.mean(0)
    within = sum(
        (samples.labels == one).mean() * coding_rate(centred[samples.labels == one])
        for one in samples.classes
    )
    return coding_rate(centred) - float(within)


def coding_rate(centred: np.ndarray) -> float:
    """Return R(Z) = 1/2 log det(I + Zᵀ Z / (N ε)) of encodings (N, D)."""
    count, dimensions = centred.shape
    gram = centred.T @ centred if dimensions <= count else centred @ centred.T  # of equal determinants
    return float(0.5 * np.linalg.slogdet(np.eye(len(gram)) + gram / (count * DISTORTION))[1])


ESTIMATE = Estimate(
    "transrate", "TransRate", "Huang et al., ICML 2022", ("classes",), transrate, saturates=True
)
