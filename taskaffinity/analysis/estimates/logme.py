"""LogME: the logarithm of maximum evidence of a Bayesian linear model.

K. You, Y. Liu, J. Wang, M. Long, *LogME: Practical Assessment of Pre-trained Models for Transfer Learning*,
ICML 2021, equations 1 and 2. Defined for classes (one-hot, the mean over classes, as there) and for vectors
(the mean over dimensions).
"""

from collections.abc import Callable

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples
from taskaffinity.analysis.estimates._spectrum import spectrum

POINTS = 41  # of each search along log(α / β)
ZOOMS = 5
FLOOR = 1e-12  # of the energy of the labels: what is left of them where they are fitted wholly


def logme(samples: Samples) -> float:
    """Return the evidence per sample, in nats, mean over the columns of the labels."""
    return float(evidence(samples.encodings, samples.targets).mean())


def evidence(encodings: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Maximise the evidence of each column of the targets over α and β.

    With F the encodings (N, D), w ~ N(0, I/α) and y ~ N(F w, I/β),

        log p(y | α, β) = N/2 log β + D/2 log α − N/2 log 2π − β/2 |F m − y|² − α/2 |m|² − 1/2 log |A| ,
        A = α I + β Fᵀ F ,   m = β A⁻¹ Fᵀ y .

    With F = U S Vᵀ, z = Uᵀ y, σ = S² and t = α/β, the best β for a given t is N / E(t), where
    E(t) = Σ z² t/(t + σ) + |y|² − |z|². What remains is a search along t,

        L(t) = N/2 (log N/E(t) − 1 − log 2π) + 1/2 Σ log t/(t + σ) .

    The paper iterates to a fixed point, which need not be reached in its few steps; the maximum is the same.
    With fewer dimensions than samples, the authors' published code gives the same to 1e-6; with more, its
    later form leaves out (D − N)/2 · log α of log |A|, which is here.

    Parameters
    ----------
    encodings
        float64 (N, D).
    targets
        float64 (N, K).

    Returns
    -------
    ndarray
        float64 (K,): log evidence per sample, in nats.
    """
    count = len(encodings)
    sigma, fitted = spectrum(encodings, targets)
    energy = (targets**2).sum(0)
    outside = np.maximum(energy - fitted.sum(0), 0.0)
    floor = np.maximum(FLOOR * energy, np.finfo(float).tiny)

    def along(logs: np.ndarray) -> np.ndarray:
        """L at logarithms of t (P, K): (P, K)."""
        t = np.exp(logs)[:, None, :]
        shrunk = t / (t + sigma[:, None])
        error = np.maximum((shrunk * fitted).sum(1) + outside, floor)
        return count / 2 * (np.log(count / error) - 1 - np.log(2 * np.pi)) + 0.5 * np.log(shrunk).sum(1)

    return _maximum(along, np.log(sigma.max()), targets.shape[1]) / count


def _maximum(along: Callable[[np.ndarray], np.ndarray], scale: float, columns: int) -> np.ndarray:
    """Maximise each column of a curve about `scale`, zooming in on the best point."""
    centre, reach = np.full(columns, scale), 30.0
    best = np.full(columns, -np.inf)
    for _ in range(ZOOMS):
        logs = centre + np.linspace(-reach, reach, POINTS)[:, None]
        values = along(logs)
        best = np.maximum(best, values.max(0))
        centre = logs[values.argmax(0), np.arange(columns)]
        reach *= 2 / (POINTS - 1) * 1.5
    return best


ESTIMATE = Estimate("logme", "LogME", "You et al., ICML 2021", ("classes", "vectors"), logme, saturates=True)
