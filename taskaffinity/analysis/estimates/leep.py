"""LEEP: log expected empirical prediction.

C. V. Nguyen, T. Hassner, M. Seeger, C. Archambeau, *LEEP: A New Measure to Evaluate Transferability of
Learned Representations*, ICML 2020. Defined for classes, where the source predicts classes.
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples


def leep(samples: Samples) -> float:
    """Return the mean over samples of log Σ_z P(y | z) θ(x)_z, in nats, at most 0.

    θ(x) are the probabilities that the source gives its classes z, and P(y | z) = P(y, z) / P(z) is counted
    from P(y, z) = 1/N Σ_{n: y_n = y} θ(x_n)_z.
    """
    assert samples.predictions is not None
    joint = samples.targets.T @ samples.predictions / len(samples.labels)  # (K, Z)
    marginal = joint.sum(0)
    conditional = np.divide(joint, marginal, out=np.zeros_like(joint), where=marginal > 0)
    expected = ((samples.predictions @ conditional.T) * samples.targets).sum(1)
    with np.errstate(divide="ignore"):  # a probability that is no number larger than 0 has no value
        return float(np.log(expected).mean())


ESTIMATE = Estimate("leep", "LEEP", "Nguyen et al., ICML 2020", ("classes",), leep, reads_predictions=True)
