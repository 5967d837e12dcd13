"""NCE: negative conditional entropy between the classes of the source and those of the target.

A. Tran, C. Nguyen, T. Hassner, *Transferability and Hardness of Supervised Classification Tasks*, ICCV 2019,
equation 6. Defined for classes, where the source predicts classes; its most likely class is taken.
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples


def nce(samples: Samples) -> float:
    """Return −H(Y | Z) = Σ_{y, z} P(y, z) log P(y, z) / P(z), in nats, at most 0."""
    assert samples.predictions is not None
    predicted = samples.predictions.argmax(1)
    chosen = (predicted[:, None] == np.unique(predicted)).astype(float)
    joint = samples.targets.T @ chosen / len(samples.labels)  # (K, Z')
    ratio = joint / joint.sum(0)
    return float((joint * np.log(np.where(joint > 0, ratio, 1.0))).sum())


ESTIMATE = Estimate("nce", "NCE", "Tran et al., ICCV 2019", ("classes",), nce, reads_predictions=True)
