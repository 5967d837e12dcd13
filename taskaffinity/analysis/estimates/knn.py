"""k nearest neighbours among the samples of other images.

T. Cover, P. Hart, *Nearest neighbor pattern classification*, 1967. Defined for classes (accuracy of the
majority) and for vectors (R² of the mean).
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples, UndefinedError
from taskaffinity.analysis.estimates._held_out import score
from taskaffinity.analysis.estimates._kernels import MOST_SAMPLES, squared_distances, standardised

NEIGHBOURS = 5


def knn(samples: Samples) -> float:
    """Return how well the mean label of the nearest neighbours predicts; see `score` for its range.

    Dimensions are brought to spread 1 first.

    Raises
    ------
    UndefinedError
        Some sample has too few neighbours in other images.
    """
    samples = samples.at_most(MOST_SAMPLES)
    distances = squared_distances(standardised(samples.encodings))
    distances[samples.images[:, None] == samples.images] = np.inf
    if np.isfinite(distances).sum(1).min() < NEIGHBOURS:
        raise UndefinedError(f"some sample has fewer than {NEIGHBOURS} neighbours in other images")
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :NEIGHBOURS]
    return score(samples, samples.targets[nearest].mean(1))


ESTIMATE = Estimate("knn", "k nearest neighbours", "Cover and Hart, 1967", ("classes", "vectors"), knn)
