"""What all networks that are trained across domains make smaller: the task's loss, and how domains differ.

The labelled domains are passed through the network as the task's own network is; images without labels then
pass through the encoder alone, normalised by the running statistics of the labelled ones, which they do not
change. So at strength 0 training is that of the task's own network, to the bit, and at the end target images
are encoded exactly as they were when the domains were aligned.

Axis legend: N images of a domain, C channels, h and w rows and columns.
"""

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from taskaffinity.models.networks import Network, TaskNetwork
from taskaffinity.training.losses import Truth
from taskaffinity.training.objective import Forward, Inputs, Loss, Objective, Truths, mean_losses

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class AcrossDomains(Objective):
    """The mean of the task's loss over labelled domains, plus a penalty on how their encodings differ.

    Batches are lists of images: for every domain `images` batches, the labelled domains first. Truths are
    those of the labelled domains.

    Attributes
    ----------
    loss
        Of the task, per image.
    images
        Images of an example.
    """

    is_recordable: ClassVar[bool] = False

    loss: Loss
    images: int

    def backward(self, network: Network, inputs: Inputs, truth: Truths, forward: Forward) -> Tensor:
        """Set the gradients of task loss and penalty."""
        assert isinstance(network, TaskNetwork)
        assert isinstance(inputs, list)
        truths = [truth] if isinstance(truth, Truth) else list(truth)
        domains = [inputs[start : start + self.images] for start in range(0, len(inputs), self.images)]
        encodings, losses = [], []
        for images, one in zip(domains, truths, strict=False):
            with forward():
                maps = network.encoder(torch.cat(images))
                prediction = network.decoder(torch.cat(maps.chunk(len(images)), dim=1))
            losses.append(mean_losses(self.loss(prediction, one), one.has_label))
            encodings.append(maps)
        total = torch.stack(losses).mean(0)
        if self.aligns:
            for images in domains[len(truths) :]:
                with forward(), running_statistics(network.encoder):
                    encodings.append(network.encoder(torch.cat(images)))
            total = total + self.penalty([maps.float() for maps in encodings])
        total.sum().backward()
        return torch.stack(losses).mean(0).detach()

    @property
    @abstractmethod
    def aligns(self) -> bool:
        """Whether there is a penalty; without one, images without labels are not encoded."""

    @abstractmethod
    def penalty(self, encodings: Sequence[Tensor]) -> Tensor:
        """Return what is added to the loss, (), from the encodings (N, C, h, w) of each domain."""


@contextmanager
def running_statistics(encoder: nn.Module) -> "Iterator[None]":
    """Let batch norms use their running statistics, and leave those as they are."""
    norms = [module for module in encoder.modules() if isinstance(module, nn.BatchNorm2d) and module.training]
    for norm in norms:
        norm.eval()
    try:
        yield
    finally:
        for norm in norms:
            norm.train()
