"""Losses that compare an image with the others of its batch; lower is better.

The loss of an image depends on which images share its batch. Outside of training the batches are fixed: runs
of the same examples in the same order, so that a loss is the same every time. A last, shorter batch has fewer
negatives and a smaller loss; these tasks are sources alone, and their losses only choose checkpoints.

Axis legend: N images, D dimensions.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

NT_XENT_TEMPERATURE = 0.5  # Chen et al. (2020), appendix B.9: the best for batches of few images
PIRL_TEMPERATURE = 0.07  # Misra and van der Maaten (2020), section 3.3


def similarity(first: Tensor, second: Tensor) -> Tensor:
    """Cosine of every vector of (N, D) with every vector of (M, D): (N, M)."""
    return F.normalize(first.float(), dim=1) @ F.normalize(second.float(), dim=1).T


def nt_xent(projections: Tensor) -> Tensor:
    """Normalised temperature-scaled cross entropy of pairs x, x⁺: (N, 2, D) to (N,).

    Chen et al. (2020), equation 1: ℓ(i, j) = −log exp(s_ij / τ) / Σ_{k ≠ i} exp(s_ik / τ), with s the cosine
    and k over both distortions of all N images. The loss of an image is the mean of ℓ(x, x⁺) and ℓ(x⁺, x).
    Uninformative vectors score log(2N − 1).
    """
    count = len(projections)
    both = projections.transpose(0, 1).flatten(0, 1)  # x of all images, then x⁺ of all
    logits = similarity(both, both) / NT_XENT_TEMPERATURE
    logits = logits.masked_fill(torch.eye(2 * count, dtype=torch.bool, device=logits.device), -torch.inf)
    other = torch.arange(2 * count, device=logits.device).roll(count)
    return F.cross_entropy(logits, other, reduction="none").view(2, count).mean(0)


def pirl(projections: Tensor) -> Tensor:
    """Noise-contrastive loss of images and their jigsaws: (N, 2, D), the image first, to (N,).

    Misra and van der Maaten (2020), equations 4 and 5: with h(I, J) the share of exp(s / τ) that image I has
    for jigsaw J among all images, the loss of J is −log h(I, J) − Σ_{I′ ≠ I} log(1 − h(I′, J)). Where the
    paper draws negatives from a memory bank of past representations, these are the other images of the batch.
    """
    images, jigsaws = projections.unbind(1)
    logits = similarity(jigsaws, images) / PIRL_TEMPERATURE
    log_share = F.log_softmax(logits, dim=1)
    own = torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    others = _log_complement(log_share).masked_fill(own, 0).sum(1)
    return -log_share.diagonal() - others


def _log_complement(log_share: Tensor) -> Tensor:
    """Return log(1 − p) from log p, finite where p rounds to 1."""
    return torch.log1p(-log_share.exp().clamp(max=1 - 1e-6))
