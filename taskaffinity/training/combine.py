"""How the losses of several tasks become one update: by their sum, by uncertainty, or by their gradients."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

import torch
from torch import Tensor

from taskaffinity.errors import InputError
from taskaffinity.models.joint import JointNetwork
from taskaffinity.models.networks import Network
from taskaffinity.training.losses import Truth
from taskaffinity.training.objective import Forward, Inputs, Loss, Objective, Truths, mean_losses

if TYPE_CHECKING:
    from torchjd.aggregation import Aggregator

ByGradients = Literal["upgrad", "pcgrad", "mgda", "dualproj", "imtl_g", "aligned_mtl", "config"]
Combination = Literal["equal", "uncertainty", ByGradients]

CLASSES = {
    "upgrad": "UPGrad", "pcgrad": "PCGrad", "mgda": "MGDA", "dualproj": "DualProj", "imtl_g": "IMTLG",
    "aligned_mtl": "AlignedMTL", "config": "ConFIG",
}  # fmt: skip
"""TorchJD's names of the ways to aggregate gradients."""

GAUSSIAN = 0.5  # what L / σ² counts in the negative log likelihood of a Gaussian


@dataclass(frozen=True)
class Term:
    """One loss of a joint objective.

    Attributes
    ----------
    loss
        Per image, from prediction and truth.
    name
        The name of the loss, where it is one of ours.
    weight
        What it is multiplied by.
    """

    loss: Loss
    name: str | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class WeightedSum(Objective):
    """The sum of the losses, each times its weight.

    An image that lacks the label of a task counts for the others alone.

    Attributes
    ----------
    terms
        One for each head.
    """

    terms: tuple[Term, ...]

    def backward(self, network: Network, inputs: Inputs, truth: Truths, forward: Forward) -> Tensor:
        """Set the gradients of the sum."""
        with forward():
            predictions = network(inputs)
        total = self.combined(network, losses_of(self.terms, predictions, truth))
        total.sum().backward()
        return total.detach()

    def combined(self, network: Network, losses: Sequence[Tensor]) -> Tensor:
        """Return what is made smaller, (1,), from the loss of each head, (1,)."""
        weighted = [term.weight * loss for term, loss in zip(self.terms, losses, strict=True)]
        return sum(weighted[1:], start=weighted[0])


@dataclass(frozen=True)
class Uncertainty(WeightedSum):
    """Losses weighted by the uncertainty of each task, which is learned with the network.

    Kendall, Gal and Cipolla, "Multi-Task Learning Using Uncertainty to Weigh Losses", CVPR 2018, equations 5
    to 10: the negative log likelihood of each task, with s = log σ the task's own parameter.

    - squared errors (Gaussian): L exp(−2s) / 2 + s
    - absolute errors (Laplace, b = σ): L exp(−s) + s
    - cross entropies (softmax of scaled logits): L exp(−2s) + s; other losses likewise
    """

    def combined(self, network: Network, losses: Sequence[Tensor]) -> Tensor:
        """Return the negative log likelihood, (1,)."""
        assert isinstance(network, JointNetwork)
        log_spreads = network.log_spreads
        return super().combined(
            network,
            [
                _likelihood(term.name, loss, s)
                for term, loss, s in zip(self.terms, losses, log_spreads, strict=True)
            ],
        )


def _likelihood(name: str | None, loss: Tensor, log_spread: Tensor) -> Tensor:
    match name:
        case "l1":
            return loss * torch.exp(-log_spread) + log_spread
        case "l2":
            return GAUSSIAN * loss * torch.exp(-2 * log_spread) + log_spread
    return loss * torch.exp(-2 * log_spread) + log_spread


@dataclass(frozen=True)
class Aggregated(Objective):
    """Gradients of the shared encoder aggregated by TorchJD; those of a head are its task's.

    Quinton and Rey, "Jacobian Descent for Multi-Objective Optimization", 2024, and the works that the classes
    of ``torchjd.aggregation`` name.

    Attributes
    ----------
    terms
        One for each head.
    aggregator
        From the gradients of the tasks, (T, parameters), to one, (parameters,).
    """

    is_recordable: ClassVar[bool] = False

    terms: tuple[Term, ...]
    aggregator: "Aggregator"

    def backward(self, network: Network, inputs: Inputs, truth: Truths, forward: Forward) -> Tensor:
        """Set the gradients of heads, and the aggregated one of the encoder."""
        from torchjd.autojac import jac_to_grad, mtl_backward

        assert isinstance(network, JointNetwork)
        assert not isinstance(inputs, Tensor)
        with forward():
            encodings = network.encode(inputs)
            predictions = network.decode(encodings, [len(batch) for batch in inputs])
        losses = losses_of(self.terms, predictions, truth)
        weighted = [term.weight * loss.sum() for term, loss in zip(self.terms, losses, strict=True)]
        shared = list(network.encoder.parameters())
        total = torch.stack([loss.detach() for loss in weighted]).sum()[None]
        if not math.isfinite(float(total)):  # aggregators refuse gradients that are no numbers
            sum(weighted[1:], start=weighted[0]).backward()
            return total
        mtl_backward(weighted, encodings, shared_params=shared, parallel_chunk_size=1)
        jac_to_grad(shared, self.aggregator)
        return total


def losses_of(terms: Sequence[Term], predictions: Sequence[Tensor], truth: Truths) -> list[Tensor]:
    """Return the mean loss of each head, (1,): over the images of its stream that have a label."""
    assert not isinstance(truth, Truth)
    return [
        mean_losses(term.loss(prediction, one), one.has_label)
        for term, prediction, one in zip(terms, predictions, truth, strict=True)
    ]


def objective_of(combination: Combination, terms: Sequence[Term], network: JointNetwork) -> Objective:
    """Return the objective of a combination; what it learns in the network is set to be trained.

    Raises
    ------
    InputError
        It needs a package that is not installed.
    """
    network.log_spreads.requires_grad_(combination == "uncertainty")
    if combination == "equal":
        return WeightedSum(tuple(terms))
    if combination == "uncertainty":
        return Uncertainty(tuple(terms))
    return Aggregated(tuple(terms), aggregator_of(combination))


def aggregator_of(combination: ByGradients) -> "Aggregator":
    """Return TorchJD's aggregator of a name.

    Raises
    ------
    InputError
        TorchJD, or what it needs for this one, is not installed, or lacks it.
    """
    needs = f"combine: {combination} needs TorchJD; pip install 'taskaffinity[joint]', or choose equal"
    try:
        from torchjd import aggregation
        from torchjd.autojac import jac_to_grad, mtl_backward  # noqa: F401
    except ImportError:
        raise InputError(needs) from None
    kind: Any = getattr(aggregation, CLASSES[combination], None)
    if kind is None:
        raise InputError(f"combine: this TorchJD has no {CLASSES[combination]}; install a newer one")
    try:
        made: Aggregator = kind()
        made(torch.eye(2))
    except (ImportError, NameError):
        raise InputError(needs) from None
    return made


assert set(CLASSES) == set(get_args(ByGradients))
