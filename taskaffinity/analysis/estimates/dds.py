"""DDS: duality diagram similarity of encodings and labels.

K. Dwivedi, J. Huang, R. M. Cichy, G. Roig, *Duality Diagram Similarity: a generic framework for
initialization selection in task transfer learning*, ECCV 2020. Of the combinations there, dimensions of
mean 0 and spread 1 with a Laplacian kernel. Defined for classes (one-hot) and vectors. As for RSA, labels
stand in for the encodings of a network of the target.
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples, UndefinedError
from taskaffinity.analysis.estimates._kernels import MOST_SAMPLES, city_block, standardised


def dds(samples: Samples) -> float:
    """Return ⟨C K C, C L C⟩ / (|C K C| |C L C|), in [0, 1]; C = I − 1/N centres.

    Raises
    ------
    UndefinedError
        A kernel is constant.
    """
    samples = samples.at_most(MOST_SAMPLES)
    first, second = (_centred(laplacian(values)) for values in (samples.encodings, samples.targets))
    norm = np.linalg.norm(first) * np.linalg.norm(second)
    if norm == 0:
        raise UndefinedError("a kernel is constant")
    return float((first * second).sum() / norm)


def laplacian(values: np.ndarray) -> np.ndarray:
    """Return exp(−|x − x'|₁ / D) of dimensions that are brought to spread 1: (N, D) to (N, N)."""
    return np.exp(-city_block(standardised(values)) / values.shape[1])


def _centred(kernel: np.ndarray) -> np.ndarray:
    return kernel - kernel.mean(0) - kernel.mean(1)[:, None] + kernel.mean()


ESTIMATE = Estimate("dds", "DDS", "Dwivedi et al., ECCV 2020", ("classes", "vectors"), dds)
