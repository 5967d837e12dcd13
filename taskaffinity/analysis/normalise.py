"""The normalisers: from the win shares of one target to the affinities of its transfers."""

from collections.abc import Callable

import numpy as np

from taskaffinity.analysis.ahp import principal_eigenvectors, ratios
from taskaffinity.analysis.bradley_terry import strengths
from taskaffinity.errors import InputError

AHP, BRADLEY_TERRY = "ahp", "bradley-terry"


def affinities_of(shares: np.ndarray, normaliser: str = AHP) -> np.ndarray:
    """Return the affinities of one or many tournaments.

    Parameters
    ----------
    shares
        W, (b, n, n) in [0, 1].
    normaliser
        ``ahp`` (`taskaffinity.analysis.ahp`) or ``bradley-terry`` (`taskaffinity.analysis.bradley_terry`).

    Returns
    -------
    ndarray
        float64 (b, n), positive, each row sums to 1; higher is better.

    Raises
    ------
    InputError
        There is no such normaliser.
    ConvergenceError
        It did not settle.
    """
    if normaliser not in _NORMALISERS:
        raise InputError(f"unknown normaliser {normaliser!r}; use one of {', '.join(_NORMALISERS)}")
    return _NORMALISERS[normaliser](shares)


def _ahp(shares: np.ndarray) -> np.ndarray:
    return principal_eigenvectors(ratios(shares))[0]


def _bradley_terry(shares: np.ndarray) -> np.ndarray:
    return np.stack([strengths(tournament) for tournament in shares])


_NORMALISERS: dict[str, Callable[[np.ndarray], np.ndarray]] = {AHP: _ahp, BRADLEY_TERRY: _bradley_terry}
