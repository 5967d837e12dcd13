"""What training makes smaller: one loss of one prediction, or anything that gives gradients for a batch."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from taskaffinity.models.networks import Network
from taskaffinity.training.losses import Truth

Inputs = Tensor | list[Tensor]
Truths = Truth | Sequence[Truth]
Loss = Callable[[Tensor, Truth], Tensor]
Forward = Callable[[], AbstractContextManager[object]]


class Objective(ABC):
    """What updates of a network make smaller.

    It has no weights of its own: whatever is trained is part of the network. An adversary, which works
    against the network, is the exception; the objective trains it itself.

    Attributes
    ----------
    is_recordable
        Whether a CUDA graph can record it: every batch makes the same operations on the same shapes, and none
        waits for the device. Values that change from update to update are then tensors that `begin` fills.
    """

    is_recordable: ClassVar[bool] = True

    def begin(self, progress: float) -> None:
        """Prepare the next update.

        Parameters
        ----------
        progress
            The share of the updates that is done, in [0, 1).
        """
        return

    @abstractmethod
    def backward(self, network: Network, inputs: Inputs, truth: Truths, forward: Forward) -> Tensor:
        """Set the gradients of the network's weights, which have none.

        Parameters
        ----------
        network
            What is trained.
        inputs, truth
            A batch, as `taskaffinity.training.loop.TrainingProblem.batch` gave it.
        forward
            Gives the context that forward passes run in, for their precision. Losses are computed outside it.

        Returns
        -------
        Tensor
            The loss of each member, (members,), without its graph. A member whose loss is not finite has
            diverged.
        """


@dataclass(frozen=True)
class Supervised(Objective):
    """One loss of one prediction, its mean over the images that have a label.

    Attributes
    ----------
    loss
        Per image, from prediction and truth.
    """

    loss: Loss

    def backward(self, network: Network, inputs: Inputs, truth: Truths, forward: Forward) -> Tensor:
        """Set the gradients of the sum over members."""
        assert isinstance(truth, Truth)
        with forward():
            prediction = network(inputs)
        losses = mean_losses(self.loss(prediction, truth.for_each(network.members)), truth.has_label)
        losses.sum().backward()
        return losses.detach()


def mean_losses(per_image: Tensor, labelled: Tensor) -> Tensor:
    """Average losses (N·members,) over the images that have a label, bool (N,): (members,)."""
    per_member = torch.where(labelled[:, None], per_image.view(len(labelled), -1), 0)
    return per_member.sum(0) / labelled.sum().clamp(min=1)
