"""Losses per image; lower is better.

Every loss takes a prediction, a label and its validity, and returns the loss of each image (N,), finite
wherever the prediction is finite. An image with nothing valid has loss 0 here; `has_label` identifies it.
Only the losses in `taskaffinity.training.contrast` depend on which images are scored together.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor

from taskaffinity.errors import TaskError
from taskaffinity.training import contrast

if TYPE_CHECKING:
    from taskaffinity.tasks.contract import OwnLoss

LOG_2 = 0.6931471805599453
EVENNESS = 0.5  # λ of the balanced softmax
METRIC_GRID = 16  # the pixel metric loss looks at this many pixels along each side,
METRIC_ANCHORS = 4  # and pairs them with this many of them along each side
METRIC_MARGIN = 0.01  # keeps the loss of two pixels at one place finite


@dataclass(frozen=True)
class Truth:
    """A batch of labels as tensors; see `taskaffinity.tasks.Label`. What is not valid is finite here."""

    value: Tensor
    valid: Tensor

    def __len__(self) -> int:
        return len(self.valid)

    def __getitem__(self, index: Tensor | slice) -> "Truth":
        return Truth(self.value[index], self.valid[index])

    def to(self, device: torch.device) -> "Truth":
        """Move to a device; from pinned memory without waiting for it."""
        return Truth(self.value.to(device, non_blocking=True), self.valid.to(device, non_blocking=True))

    def for_each(self, members: int) -> "Truth":
        """Repeat each label for the members of a bundle: (N·members, ...), those of an example together."""
        if members == 1:
            return self
        return Truth(self.value.repeat_interleave(members, 0), self.valid.repeat_interleave(members, 0))

    @property
    def has_label(self) -> Tensor:
        """Tell which images have anything to be scored on: bool (N,)."""
        return self.valid.flatten(1).any(1) if self.valid.ndim > 1 else self.valid


def _mean_valid(error: Tensor, valid: Tensor) -> Tensor:
    """Mean over what is valid, per image: error (N, C, ...), finite, and valid (N, 1, ...) or (N,)."""
    valid = _alongside(valid, error)
    each = error[0].numel() // valid[0].numel()  # values that one flag speaks for
    total = (error * valid.to(error.dtype)).flatten(1).sum(1)  # `where` would take five times as long
    return total / (each * valid.flatten(1).sum(1)).clamp(min=1)


def _alongside(valid: Tensor, like: Tensor) -> Tensor:
    """Give flags (N,) the axes of `like` (N, C, ...); those that have theirs keep them."""
    return valid.view(len(valid), *(1,) * (like.ndim - 1)) if valid.ndim == 1 else valid


def l1(prediction: Tensor, truth: Truth) -> Tensor:
    """Mean absolute error over valid values."""
    return _mean_valid((prediction - truth.value).abs(), truth.valid)


def l2(prediction: Tensor, truth: Truth) -> Tensor:
    """Mean squared error over valid values."""
    return _mean_valid((prediction - truth.value).square(), truth.valid)


def softmax(prediction: Tensor, truth: Truth) -> Tensor:
    """Cross entropy in nats: logits (N, K) or (N, K, H, W) against classes (N,) or (N, H, W)."""
    classes = truth.value.clamp(min=0)
    entropy = F.cross_entropy(prediction.float(), classes, reduction="none")
    if entropy.ndim == 1:
        return torch.where(truth.valid, entropy, 0)
    return _mean_valid(entropy[:, None], truth.valid)


def balanced_softmax(prediction: Tensor, truth: Truth) -> Tensor:
    """Cross entropy per pixel in nats, the rare classes of an image weighing more: logits (N, K, H, W).

    A pixel of class c weighs 1 / ((1 − λ) p_c + λ / Q), with p_c the share of c among the image's valid
    pixels, Q the number of classes there and λ `EVENNESS`; the loss is the weighted mean. Zhang et al.
    (2016), section 2.2, rebalance colours so over a whole data set; here it is per image, which needs no
    statistics of the data.
    """
    classes = truth.value.clamp(min=0)
    entropy = F.cross_entropy(prediction.float(), classes, reduction="none").flatten(1)
    known, classes = truth.valid.flatten(1), classes.flatten(1)
    share = known.new_zeros((len(known), prediction.shape[1]), dtype=entropy.dtype)
    share.scatter_add_(1, classes, known.to(entropy.dtype))
    share = share / share.sum(1, keepdim=True).clamp(min=1)
    present = (share > 0).sum(1, keepdim=True).clamp(min=1)
    weight = 1 / ((1 - EVENNESS) * share + EVENNESS / present)
    weight = torch.where(known, weight.gather(1, classes), 0)
    return torch.where(known, weight * entropy, 0).sum(1) / weight.sum(1).clamp(min=1)


def nt_xent(prediction: Tensor, truth: Truth) -> Tensor:
    """Contrast pairs of distortions, (N, 2, D), within the batch; see `taskaffinity.training.contrast`."""
    return torch.where(truth.valid, contrast.nt_xent(prediction), 0)


def pirl(prediction: Tensor, truth: Truth) -> Tensor:
    """Contrast images and jigsaws, (N, 2, D), within the batch; see `taskaffinity.training.contrast`."""
    return torch.where(truth.valid, contrast.pirl(prediction), 0)


def pixel_metric(prediction: Tensor, truth: Truth) -> Tensor:
    """Pairwise metric loss of an embedding (N, D, h, w) against segments (N, H, W).

    Fathi et al. (2017), equations 1 and 2: pixels p, q belong together with σ = 2 / (1 + exp ‖e_p − e_q‖²).
    The loss is the cross entropy of σ, pairs of one segment and pairs of two segments weighing one half each.
    Where the paper draws pixels at random, the pairs here are those of every point of a regular grid of (at
    most) `METRIC_GRID` along each side with every one of `METRIC_ANCHORS`² of them: a loss is the same every
    time.
    """
    side = min(METRIC_GRID, prediction.shape[-1])
    embedding, segment, valid = (_on_grid(x, side) for x in (prediction, truth.value[:, None], truth.valid))
    points = embedding.flatten(2).transpose(1, 2).float()  # (N, P, D)
    segment, known = segment.flatten(1), valid.flatten(1)
    anchors = _anchors(embedding.shape[-2:], points.device)  # (A,)
    distance = _squared_distance(points[:, anchors], points)  # (N, A, P)
    pair = known[:, anchors, None] & known[:, None, :]
    same = segment[:, anchors, None] == segment[:, None, :]
    decay = torch.exp(-distance)  # softplus and tanh say the same, and take five times as long
    together = distance + torch.log(1 + decay) - LOG_2  # −log σ
    decay = decay * math.exp(-METRIC_MARGIN)
    apart = torch.log((1 + decay) / (1 - decay))  # −log(1 − σ)
    return (_pair_mean(together, pair & same) + _pair_mean(apart, pair & ~same)) / 2


def _squared_distance(first: Tensor, second: Tensor) -> Tensor:
    """Squared distances of (N, A, D) from (N, P, D): (N, A, P)."""
    norms = first.square().sum(-1)[:, :, None] + second.square().sum(-1)[:, None, :]
    return (norms - 2 * first @ second.transpose(1, 2)).clamp(min=0)


def _on_grid(x: Tensor, side: int) -> Tensor:
    step = x.shape[-1] // side
    return x[..., step // 2 :: step, step // 2 :: step]


def _anchors(shape: torch.Size, device: torch.device) -> Tensor:
    """Positions of the anchors, spread evenly over a grid of (rows, columns): int64 (A,)."""
    odd = torch.arange(METRIC_ANCHORS, device=device) * 2 + 1
    rows, columns = (odd * side // (2 * METRIC_ANCHORS) for side in shape)
    return (rows[:, None] * shape[1] + columns).flatten()


def _pair_mean(value: Tensor, chosen: Tensor) -> Tensor:
    return (value * chosen.to(value.dtype)).sum((1, 2)) / chosen.sum((1, 2)).clamp(min=1)


LOSSES: dict[str, Callable[[Tensor, Truth], Tensor]] = {
    "l1": l1,
    "l2": l2,
    "softmax": softmax,
    "balanced_softmax": balanced_softmax,
    "pixel_metric": pixel_metric,
    "nt_xent": nt_xent,
    "pirl": pirl,
}


def loss_of(loss: "str | OwnLoss | None") -> Callable[[Tensor, Truth], Tensor]:
    """Return the loss of a task: one of ours by its name, or a user's own.

    Parameters
    ----------
    loss
        A name of `LOSSES`, or a function ``loss(prediction, truth)`` of a prediction, in the shape that the
        task's output asks for, and a `Truth` of N examples. It returns the loss of each example, (N,): lower
        is better, differentiable, finite where the prediction is, and the same in any batch. Values that
        are not valid must not change it; those that are no numbers come as 0.

    Returns
    -------
    callable
        From prediction and truth to losses (N,), 0 where an example has no label.

    Raises
    ------
    KeyError
        There is no loss of that name.
    """
    if loss is None or isinstance(loss, str):
        return LOSSES[str(loss)]
    return partial(_own_loss, loss)


def _own_loss(loss: "OwnLoss", prediction: Tensor, truth: Truth) -> Tensor:
    """Score with a user's own loss, and check what it gives."""
    name = getattr(loss, "__name__", type(loss).__name__)
    value = truth.value
    if value.is_floating_point() and not torch.isfinite(value.sum()):
        value = torch.where(torch.isfinite(value), value, 0)
    try:
        losses = loss(prediction, Truth(value, truth.valid))
    except Exception as error:
        raise TaskError(f"loss {name!r}: {type(error).__name__}: {error}") from error
    if not isinstance(losses, Tensor) or losses.shape != (len(truth),) or not losses.is_floating_point():
        given = type(losses).__name__
        if isinstance(losses, Tensor):
            given = f"{losses.dtype} {tuple(losses.shape)}"
        raise TaskError(
            f"loss {name!r} gave {given}; it must return one number an example, a tensor ({len(truth)},)"
        )
    return torch.where(truth.has_label, losses, 0)
