"""The Analytic Hierarchy Process: from win shares to affinities.

Axes: n transfers into one target, b resamples (or any other leading axes).

With W the win shares of a tournament (`taskaffinity.analysis.tournament`),

    W' = clip(W, 0.001, 0.999) / clip(W, 0.001, 0.999)ᵀ  (element by element),   W' p = λ p,   Σ p = 1,

where λ is the largest eigenvalue. Of a pair that was never compared, W is not known (NaN); both of its
entries of W' are then 0, and each transfer's diagonal entry grows by the number of such pairs it has, so that
they count as what the others imply, w'_ij = p_i / p_j (P. T. Harker, "Incomplete pairwise comparisons in the
analytic hierarchy process", Mathematical Modelling 9(11), 1987). p is the vector of affinities: positive,
higher is better. (Zamir et al., "Taskonomy", CVPR 2018, section 3.3; T. L. Saaty, "The Analytic Hierarchy
Process", 1980.) W' is positive, or at least has a positive diagonal and a chain of compared pairs between any
two transfers, so p is unique and power iteration finds it (Perron and Frobenius).

A transfer whose losses fall gains affinity in any but grossly contradictory tournaments. The eigenvector
does not promise it (L. Csató and D. G. Petróczy, "On the monotonicity of the eigenvector method", European
Journal of Operational Research 292, 2021); among random losses it failed once in 1,500 trials with 4
transfers and 3 images, and never in 1,500 with 8 and 10.
"""

from dataclasses import dataclass

import numpy as np

from taskaffinity.errors import SolverError

CLIP = (0.001, 0.999)
TOLERANCE = 1e-12  # largest relative change of any component in the last step
MAX_STEPS = 100_000

RANDOM_INDEX = (
    0.0, 0.0, 0.0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49, 1.52, 1.54, 1.56, 1.58, 1.59,
)  # fmt: skip
"""Mean consistency index of random matrices of 0 to 15 items (T. L. Saaty, "Theory and Applications of the
Analytic Network Process", 2005, page 31)."""


class ConvergenceError(SolverError):
    """A power iteration that did not settle."""


@dataclass(frozen=True)
class Priorities:
    """What AHP says about one tournament.

    Attributes
    ----------
    affinities
        p, float64 (n,), positive, sums to 1.
    eigenvalue
        λ, at least n; n exactly where the tournament is consistent (w'_ij w'_jk = w'_ik throughout).
    """

    affinities: np.ndarray
    eigenvalue: float

    @property
    def consistency_index(self) -> float:
        """Saaty's CI = (λ − n) / (n − 1), at least 0, lower is more consistent; 0 for one transfer."""
        n = len(self.affinities)
        return max(0.0, (self.eigenvalue - n) / (n - 1)) if n > 1 else 0.0

    @property
    def consistency_ratio(self) -> float:
        """Saaty's CR = CI / RI, at least 0; 0 for one or two transfers, which cannot contradict each other.

        Saaty asks for less than 0.1 of human judgements on his scale of 1/9 to 9, from which RI is drawn.
        Ours run from 1/999 to 999, so read it as a measure that compares targets, not as a test that one
        passes.
        """
        n = len(self.affinities)
        return self.consistency_index / random_index(n) if n > 2 else 0.0


def random_index(n: int) -> float:
    """Return RI, the mean consistency index of random reciprocal matrices of n items.

    Saaty's table up to 15 items. Above, the line that Alonso and Lamata fitted to the mean largest
    eigenvalue of random matrices, λ = 2.7699 n − 4.3513, hence RI = (λ − n) / (n − 1). ("Consistency in the
    Analytic Hierarchy Process: a new approach", International Journal of Uncertainty, Fuzziness and
    Knowledge-Based Systems 14(4), 2006.)
    """
    return RANDOM_INDEX[n] if n < len(RANDOM_INDEX) else (1.7699 * n - 4.3513) / (n - 1)


def priorities(shares: np.ndarray) -> Priorities:
    """Return the affinities of one tournament, and how consistent it is.

    Parameters
    ----------
    shares
        W, (n, n) in [0, 1].

    Returns
    -------
    Priorities

    Raises
    ------
    ConvergenceError
        The power iteration did not settle.
    """
    vectors, values = principal_eigenvectors(ratios(shares))
    return Priorities(vectors, float(values))


def ratios(shares: np.ndarray) -> np.ndarray:
    """Return W', how many times better each transfer is than each other: (…, n, n) in [1/999, 999].

    Clipping keeps the ratios finite where one transfer wins every image; the paper calls it a form of Laplace
    smoothing. Pairs that were never compared, NaN, enter as Harker's method has it.
    """
    clipped = np.clip(shares, *CLIP)
    quotients = clipped / np.swapaxes(clipped, -1, -2)
    unknown = np.isnan(quotients)
    if unknown.any():
        quotients[unknown] = 0.0
        quotients += unknown.sum(axis=-1)[..., None] * np.eye(quotients.shape[-1])
    return quotients


def principal_eigenvectors(
    matrices: np.ndarray, tolerance: float = TOLERANCE, max_steps: int = MAX_STEPS
) -> tuple[np.ndarray, np.ndarray]:
    """Find the principal eigenvectors of positive matrices by power iteration.

    Parameters
    ----------
    matrices
        (…, n, n), every entry positive.
    tolerance
        The iteration stops when no component of any vector changes by more than this share of itself.
    max_steps
        Steps after which it is given up.

    Returns
    -------
    vectors : ndarray
        (…, n), positive, each sums to 1.
    values : ndarray
        (…,), the largest eigenvalues.

    Raises
    ------
    ConvergenceError
        `max_steps` were not enough.
    """
    vectors = np.full(matrices.shape[:-1], 1.0 / matrices.shape[-1])
    for _ in range(max_steps):
        images = (matrices @ vectors[..., None])[..., 0]
        values = images.sum(axis=-1)  # ‖A p‖₁ with ‖p‖₁ = 1: the eigenvalue, once p settles
        images /= values[..., None]
        change = float(np.max(np.abs(images - vectors) / images))
        vectors = images
        if change <= tolerance:
            return vectors, values
    raise ConvergenceError(
        f"the power iteration still changed by {change:.1e} after {max_steps} steps; "
        "use --normaliser bradley-terry for these losses"
    )
