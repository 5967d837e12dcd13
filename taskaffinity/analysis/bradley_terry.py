"""The Bradley–Terry model: a second way from win shares to affinities, to hold AHP against.

Each transfer i into a target has a strength p_i, and beats j on a share p_i / (p_i + p_j) of the images. The
strengths are those of greatest likelihood, found by the I-LSR algorithm of `choix` (Maystre and Grossglauser,
"Fast and Accurate Inference of Plackett–Luce Models", NIPS 2015), scaled to sum 1.

Both normalisers see the same tournament, clipped alike; without clipping, a transfer that wins every image
has no finite strength.
"""

from dataclasses import dataclass

import numpy as np

from taskaffinity.analysis.ahp import CLIP, ConvergenceError

MAX_STEPS = 1000
TOLERANCE = 1e-10  # mean change of a log-strength in the last step


def strengths(shares: np.ndarray) -> np.ndarray:
    """Return the Bradley–Terry strengths of one tournament.

    Parameters
    ----------
    shares
        W, (n, n) in [0, 1], W + Wᵀ = 1; NaN for pairs that were never compared.

    Returns
    -------
    ndarray
        float64 (n,), positive, sums to 1; higher is better.

    Raises
    ------
    ConvergenceError
        The iteration did not settle.
    """
    import choix

    if len(shares) == 1:
        return np.ones(1)
    wins = np.nan_to_num(np.clip(shares, *CLIP))
    np.fill_diagonal(wins, 0.0)
    try:
        log_strengths = choix.ilsr_pairwise_dense(wins, max_iter=MAX_STEPS, tol=TOLERANCE)
    except RuntimeError:
        raise ConvergenceError(
            f"Bradley–Terry did not settle within {MAX_STEPS} steps; use --normaliser ahp for these losses"
        ) from None
    scaled = np.exp(log_strengths - log_strengths.max())
    return scaled / scaled.sum()


@dataclass(frozen=True)
class Agreement:
    """How similar two orders of the same transfers are.

    Attributes
    ----------
    tau
        Kendall's τ-b in [−1, 1]: the share of pairs in the same order less the share in the opposite one,
        ties allowed for. NaN for fewer than two transfers, or where one side ties them all.
    same_best
        Whether both put the same transfer first.
    """

    tau: float
    same_best: bool


def rank_agreement(first: np.ndarray, second: np.ndarray) -> Agreement:
    """Compare two normalisers on one target.

    Parameters
    ----------
    first, second
        (n,), the affinities that each gives to the same transfers.

    Returns
    -------
    Agreement
    """
    from scipy.stats import kendalltau

    if len(first) < 2 or np.ptp(first) == 0 or np.ptp(second) == 0:
        return Agreement(float("nan"), bool(np.argmax(first) == np.argmax(second)))
    tau = kendalltau(first, second).statistic
    return Agreement(float(tau), bool(np.argmax(first) == np.argmax(second)))
