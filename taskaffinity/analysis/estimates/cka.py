"""CKA: centred kernel alignment of encodings and labels, linear kernels, without bias.

S. Kornblith, M. Norouzi, H. Lee, G. Hinton, *Similarity of Neural Network Representations Revisited*, ICML
2019; the estimator of HSIC without bias is that of L. Song et al., JMLR 2012, equation 5. Defined for classes
(one-hot) and vectors.
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples, UndefinedError
from taskaffinity.analysis.estimates._kernels import MOST_SAMPLES


def cka(samples: Samples) -> float:
    """Return HSIC(K, L) / √(HSIC(K, K) HSIC(L, L)), about 0 without a relation, at most 1 for large N.

    Raises
    ------
    UndefinedError
        An estimate of HSIC(K, K) or HSIC(L, L) is not positive, which few samples can give.
    """
    samples = samples.at_most(MOST_SAMPLES)
    kernels = [_linear(values) for values in (samples.encodings, samples.targets)]
    own = [hsic(kernel, kernel) for kernel in kernels]
    if min(own) <= 0:
        raise UndefinedError("too few samples for the estimator without bias")
    return hsic(*kernels) / float(np.sqrt(own[0] * own[1]))


def _linear(values: np.ndarray) -> np.ndarray:
    centred = values - values.mean(0)
    return centred @ centred.T


def hsic(kernel: np.ndarray, other: np.ndarray) -> float:
    """Estimate HSIC without bias.

    With K̃ and L̃ the kernels with zeros on their diagonals,

        HSIC = 1/(N (N − 3)) [ tr(K̃ L̃) + 1ᵀK̃1 1ᵀL̃1 / ((N − 1)(N − 2)) − 2/(N − 2) 1ᵀK̃L̃1 ] .

    Parameters
    ----------
    kernel, other
        float64 (N, N), N at least 4.
    """
    count = len(kernel)
    first, second = (values - np.diag(np.diag(values)) for values in (kernel, other))
    sums, other_sums = first.sum(0), second.sum(0)
    total = (first * second).sum() + sums.sum() * other_sums.sum() / ((count - 1) * (count - 2))
    return float((total - 2 * (sums @ other_sums) / (count - 2)) / (count * (count - 3)))


ESTIMATE = Estimate("cka", "CKA", "Kornblith et al., ICML 2019", ("classes", "vectors"), cka)
