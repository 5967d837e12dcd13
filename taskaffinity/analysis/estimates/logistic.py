"""A linear classifier in a few steps, tried on images that were held out.

G. Alain, Y. Bengio, *Understanding intermediate layers using linear classifier probes*, 2016. Defined for
classes; for vectors the linear probe is `ridge`.
"""

import numpy as np

from taskaffinity.analysis.estimates._contract import Estimate, Samples
from taskaffinity.analysis.estimates._held_out import held_out

STEPS = 30
PENALTY = 1e-2  # on |W|², per sample


def logistic(samples: Samples) -> float:
    """Return the mean log probability of the true class where it was held out, in nats, at most 0."""
    log_probabilities = held_out(samples, _predict)
    return float((log_probabilities * samples.targets).sum() / len(samples.labels))


def _predict(encodings: np.ndarray, targets: np.ndarray, held: np.ndarray) -> np.ndarray:
    weights = fit(_with_one(encodings), targets)
    return log_softmax(_with_one(held) @ weights)


def _with_one(encodings: np.ndarray) -> np.ndarray:
    return np.hstack([encodings, np.ones((len(encodings), 1))])


def fit(inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Minimise −1/N Σ log p(y) + λ/2 |W|² over W (D, K), by at most `STEPS` steps of L-BFGS from 0."""
    from scipy.optimize import minimize

    shape = inputs.shape[1], targets.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        weights = flat.reshape(shape)
        logs = log_softmax(inputs @ weights)
        gradient = inputs.T @ (np.exp(logs) - targets) / len(inputs) + PENALTY * weights
        return float(-(logs * targets).sum() / len(inputs) + PENALTY / 2 * flat @ flat), gradient.ravel()

    found = minimize(loss, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return np.asarray(found.x).reshape(shape)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log probabilities of logits (N, K)."""
    shifted = logits - logits.max(1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(1, keepdims=True))


ESTIMATE = Estimate("logistic", "logistic probe", "Alain and Bengio, 2016", ("classes",), logistic)
