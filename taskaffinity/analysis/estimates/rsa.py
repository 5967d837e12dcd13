"""RSA: whether images that are alike in the encoding have labels that are alike.

K. Dwivedi, G. Roig, *Representation Similarity Analysis for Efficient Task Taxonomy & Transfer Learning*,
CVPR 2019. Defined for classes and vectors. The paper compares encodings with those of a network of the
target, which is not trained here; labels stand in for them, as in PARC (Bolya et al., NeurIPS 2021). Both
take 1 − Pearson's correlation as dissimilarity, which changes with the axes of the encoding; the Euclidean
distance does not.
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples, UndefinedError
from taskaffinity.analysis.estimates._kernels import MOST_SAMPLES, squared_distances


def rsa(samples: Samples) -> float:
    """Return Spearman's correlation of the distances of encodings with those of labels, in [−1, 1].

    Raises
    ------
    UndefinedError
        All distances are the same on one side.
    """
    from scipy.stats import spearmanr

    samples = samples.at_most(MOST_SAMPLES)
    pairs = np.triu_indices(len(samples.labels), 1)
    sides = [squared_distances(values)[pairs] for values in (samples.encodings, samples.targets)]
    if any(np.ptp(side) == 0 for side in sides):
        raise UndefinedError("all distances are the same")
    return float(spearmanr(*sides).statistic)


ESTIMATE = Estimate("rsa", "RSA", "Dwivedi and Roig, CVPR 2019", ("classes", "vectors"), rsa)
