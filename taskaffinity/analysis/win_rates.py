"""Gain and quality: how often a transfer beats the two networks it is judged by.

Gain is the win rate against ``scratch``, the same network trained on the transfer split alone; quality
against ``self``, the target's own network trained on the whole source split. Both are shares of the test
images on which the two have a loss, ties count half, higher is better. (Zamir et al., "Taskonomy", CVPR
2018, section 4.2.)
"""

import numpy as np

from taskaffinity.analysis.contests import Contest, MeasuredTransfer
from taskaffinity.analysis.tournament import shares_against
from taskaffinity.names import CONSTANT, SCRATCH, SELF

REFERENCE = {"gain": SCRATCH, "quality": SELF}


def win_rates(contest: Contest, losses: np.ndarray, kind: str, weights: np.ndarray) -> np.ndarray:
    """Return the gain or quality of every transfer into one target.

    Parameters
    ----------
    contest
        The target, with n transfers and m images.
    losses
        (n, m), its losses averaged over seeds.
    kind
        ``gain`` or ``quality``.
    weights
        (b, m), how often each image counts; one row of ones for the point estimate.

    Returns
    -------
    ndarray
        float64 (b, n) in [0, 1], ½ for the reference itself. NaN for ``constant``, where the reference was
        not measured or diverged, and where the two share no image.
    """
    rates = np.full((len(weights), len(contest.transfers)), np.nan)
    opponents: dict[int, list[int]] = {}
    for position, transfer in enumerate(contest.transfers):
        opponent = opponent_of(contest, transfer, REFERENCE[kind])
        if transfer.sources != CONSTANT and opponent is not None and not has_diverged(contest, opponent):
            opponents.setdefault(opponent, []).append(position)
    for opponent, positions in opponents.items():
        rates[:, positions] = shares_against(losses[positions], losses[opponent], weights)
    return rates


def known_win_rates(contest: Contest, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the gain or quality of the transfers that have one.

    Parameters
    ----------
    contest, kind
        As for `win_rates`.

    Returns
    -------
    positions : ndarray
        Where those transfers stand in the contest.
    rates : ndarray
        Theirs, in [0, 1], every image counted once.
    """
    rates = win_rates(contest, contest.averaged(), kind, np.ones((1, len(contest.images))))[0]
    positions = np.flatnonzero(~np.isnan(rates))
    return positions, rates[positions]


def has_diverged(contest: Contest, position: int) -> bool:
    """Tell whether a transfer diverged: to win against such a reference says nothing."""
    return bool(np.isinf(contest.losses[:, position]).any())


def opponent_of(contest: Contest, transfer: MeasuredTransfer, reference: str) -> int | None:
    """Return the position of the network that a transfer is judged by; None where it was not measured.

    Where ``scratch`` was trained at several sizes, it is the one trained on as many examples as the
    transfer, or else on the most. ``self`` is always the one trained on the most.
    """
    sized = contest.positions(reference)
    if reference == SCRATCH and transfer.size in sized:
        return sized[transfer.size]
    return list(sized.values())[-1] if sized else None
