"""The tournament of all transfers into one target: who has the smaller loss, image by image.

Axes: n transfers, m test images, b weightings of the images (resamples).

For transfers i and j let A_ij be the number of images on which the loss of i is smaller. Images on which
one of the two has no loss (NaN) are left out of that pair alone; N_ij is the number that remains. A tie
counts half for both, so the share of images that i wins is

    W_ij = (A_ij + (N_ij − A_ij − A_ji) / 2) / N_ij = ½ + (A_ij − A_ji) / 2 N_ij .

An infinite loss (a diverged transfer) loses to every finite one; two infinite losses tie. Where a pair shares
no image, nothing is known and W_ij is NaN. (Zamir et al., "Taskonomy", CVPR 2018, section 3.3, "Ordinal
Normalization using AHP". The paper does not say how ties count.)
"""

from collections.abc import Iterator

import numpy as np

IMAGES_PER_BLOCK = 255  # wins of one block are counted in single bytes
BLOCK_BYTES = 1 << 26  # comparisons kept at a time in the weighted form


def win_shares(losses: np.ndarray, block: int = IMAGES_PER_BLOCK) -> np.ndarray:
    """Return the share of images on which each transfer beats each other one.

    Parameters
    ----------
    losses
        (n, m), lower is better; NaN where there is none.
    block
        Images compared at a time, 1 to 255. It changes speed and memory, never the result.

    Returns
    -------
    ndarray
        W, float64 (n, n) in [0, 1]; W + Wᵀ = 1, and ½ on the diagonal. NaN where a pair shares no image.

    Raises
    ------
    ValueError
        `block` is out of range.
    """
    wins, shared = count_wins(losses, block), shared_images(losses)
    shares = 0.5 + (wins - wins.T) / (2.0 * np.maximum(shared, 1.0))
    shares[shared == 0] = np.nan
    np.fill_diagonal(shares, 0.5)
    return shares


def count_wins(losses: np.ndarray, block: int = IMAGES_PER_BLOCK) -> np.ndarray:
    """Count, for each pair, the images on which the first has the smaller loss.

    Time grows as n² m, memory as n² beside the losses: 2,000 transfers × 20,000 images fit easily.

    Parameters
    ----------
    losses, block
        As for `win_shares`.

    Returns
    -------
    ndarray
        A, int64 (n, n).
    """
    if not 1 <= block <= IMAGES_PER_BLOCK:
        raise ValueError(f"block must be 1 to {IMAGES_PER_BLOCK} images, not {block}")
    n, m = losses.shape
    wins = np.zeros((n, n), np.int64)
    smaller = np.empty((block, n), bool)
    for start in range(0, m, block):
        images = _narrowed(losses[:, start : start + block]).T.copy()  # (block, n): one image after the other
        is_smaller = smaller[: len(images)]
        for i in range(n):
            # NaN is never smaller than anything, nor anything smaller than NaN.
            np.less(images[:, i, None], images, out=is_smaller)
            wins[i] += is_smaller.view(np.uint8).sum(axis=0, dtype=np.uint8)  # at most 255: one byte holds it
    return wins


def shared_images(losses: np.ndarray) -> np.ndarray:
    """Count, for each pair, the images on which both have a loss: N, float64 (n, n)."""
    there = ~np.isnan(losses)
    if (there == there[0]).all():
        return np.full((len(losses), len(losses)), float(there[0].sum()))
    there = there.astype(np.float32)  # whole numbers up to 2²⁴ are exact
    return (there @ there.T).astype(np.float64)


def weighted_win_shares(losses: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return win shares under several weightings of the images.

    Parameters
    ----------
    losses
        (n, m), as for `win_shares`.
    weights
        (b, m), whole numbers from 0: how often each image was drawn. Their sums are below 2²⁴.

    Returns
    -------
    ndarray
        W, float64 (b, n, n). Weights of one give `win_shares`. A pair of which no shared image was drawn has
        its share over all images: nothing new is known of it. NaN where it shares none at all.
    """
    n = len(losses)
    weights = np.ascontiguousarray(weights, np.float32)
    complete = not np.isnan(losses).any()
    every = None if complete else win_shares(losses)
    total = np.maximum(weights.sum(axis=1, dtype=np.float64), 1.0)[:, None]
    shares = np.full((len(weights), n, n), 0.5)
    for first, second in _pairs(n, losses.shape[1]):
        left, right = losses[first], losses[second]
        margin = (weights @ _signs(left, right).T).astype(np.float64)  # A_ij − A_ji
        if every is None:
            margin /= 2.0 * total
        else:
            shared = weights @ _both(left, right).T
            margin /= 2.0 * np.maximum(shared, 1.0)
            margin = np.where(shared > 0, margin, every[first, second] - 0.5)
        shares[:, first, second] += margin
        shares[:, second, first] -= margin
    return shares


def shares_against(losses: np.ndarray, reference: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the share of images on which each transfer beats one reference.

    Parameters
    ----------
    losses
        (n, m), as for `win_shares`.
    reference
        (m,), the losses of the reference.
    weights
        (b, m), as for `weighted_win_shares`.

    Returns
    -------
    ndarray
        float64 (b, n) in [0, 1]; NaN where transfer and reference share no image.
    """
    weights = np.ascontiguousarray(weights, np.float32)
    margin = (weights @ _signs(losses, reference).T).astype(np.float64)
    shared = (weights @ _both(losses, reference).T).astype(np.float64)
    half = np.divide(margin, 2.0 * shared, out=np.full_like(margin, np.nan), where=shared > 0)
    return 0.5 + half


def _signs(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return 1 where `left` is smaller, −1 where it is larger, 0 for a tie or a missing loss; float32."""
    return (left < right).astype(np.float32) - (left > right).astype(np.float32)


def _both(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return (~(np.isnan(left) | np.isnan(right))).astype(np.float32)


def _pairs(n: int, m: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield all pairs i < j as index arrays, few enough at a time that m comparisons each fit in a block."""
    first, second = np.triu_indices(n, 1)
    step = max(1, BLOCK_BYTES // (16 * max(m, 1)))
    for start in range(0, len(first), step):
        yield first[start : start + step], second[start : start + step]


def _narrowed(losses: np.ndarray) -> np.ndarray:
    """Return the losses as float32 where that changes none of them; comparing is twice as quick."""
    if losses.dtype == np.float32:
        return losses
    with np.errstate(over="ignore"):
        narrow = losses.astype(np.float32)
    return narrow if np.array_equal(narrow, losses, equal_nan=True) else losses
