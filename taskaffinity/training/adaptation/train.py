"""Training a task's own network across domains: labels of some, images alone of others."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from taskaffinity.config import OwnNetwork
from taskaffinity.models.networks import Network, Scale, TaskNetwork
from taskaffinity.tasks import Task
from taskaffinity.training.adaptation.domain_objective import AcrossDomains
from taskaffinity.training.bench import Bench, mean_loss, normalised
from taskaffinity.training.examples import Examples
from taskaffinity.training.jitter import Jitter, keeps_label
from taskaffinity.training.loop import Fit, TrainingProblem, fit
from taskaffinity.training.losses import Truth
from taskaffinity.training.mirror import Mirror

SPLIT = "source"


@dataclass
class Domain:
    """The images of a task in one domain, as they come into a batch.

    Attributes
    ----------
    bench
        Where they go.
    task
        The task in its domain.
    settings
        Whether images are jittered and mirrored.
    is_labelled
        Whether labels are read; without it none is.
    """

    bench: Bench
    task: Task
    settings: OwnNetwork
    is_labelled: bool
    examples: Examples = field(init=False)

    def __post_init__(self) -> None:
        bench, task, settings = self.bench, self.task, self.settings
        self.examples = bench.examples(task, SPLIT)
        strength = settings.jitter if keeps_label(task) else 0.0
        signs = task.mirror if settings.mirror else None
        if not self.is_labelled and signs is not None:
            signs = ()
        self._jitter = Jitter(strength, bench.seed("jitter", task.name, SPLIT))
        self._mirror = Mirror(signs, bench.seed("mirror", task.name, SPLIT))

    def read(self, index: np.ndarray, draw: int) -> tuple[list[Tensor], Truth | None]:
        """Read examples on the processor."""
        pinned = self.bench.pinned
        if not self.is_labelled:
            return [pinned(image) for image in self.examples.images(index, draw)], None
        images, truth = self.examples.batch(index, draw)
        return [pinned(image) for image in images], Truth(pinned(truth.value), pinned(truth.valid))

    def augmented(self, images: list[Tensor], truth: Truth | None) -> tuple[list[Tensor], Truth]:
        """Bring a batch to the device, mirrored and jittered."""
        device = self.bench.device
        if truth is None:
            nothing = torch.zeros(len(images[0]), device=device)
            truth = Truth(nothing, nothing.bool())
        images, truth = self._mirror(self.bench.to_device(images), truth.to(device))
        return self._jitter(images), truth


def network_across(bench: Bench, labelled: Sequence[Task]) -> TaskNetwork:
    """Build the own network of a task in several domains, untrained.

    It starts from the weights of the network of the first. Where there are several, its units are the mean of
    theirs.
    """
    bench.seed("weights", labelled[0].name, SPLIT)
    network = bench.network(labelled[0])
    if len(labelled) > 1 and not network.scale.is_identity:
        scales = [bench.scale(task) for task in labelled]
        network.scale = Scale(
            torch.stack([one.mean for one in scales]).mean(0),
            torch.stack([one.spread for one in scales]).mean(0),
        ).to(bench.device)
    return network


def train_across(
    bench: Bench,
    labelled: Sequence[Task],
    unlabelled: Sequence[Task],
    network: TaskNetwork,
    settings: OwnNetwork,
    objective: AcrossDomains,
) -> Fit:
    """Train a network across domains; the best checkpoint is that of the labelled domains' validation loss.

    With one labelled domain and a penalty of strength 0 this is `Bench.train_own`, to the bit.

    Parameters
    ----------
    bench
        Where it runs.
    labelled, unlabelled
        One task in several domains. Of the unlabelled ones, no label is read.
    network
        Trained in place.
    settings
        How. The batch is shared out among the labelled domains; the others have as many images each.
    objective
        What is made smaller.
    """
    domains = [Domain(bench, task, settings, True) for task in labelled]
    domains += [Domain(bench, task, settings, False) for task in unlabelled]
    shared = settings.model_copy(update={"batch": -(-settings.batch // len(labelled))})

    def read(*parts: np.ndarray | int) -> tuple[object, ...]:
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return tuple(
            domain.read(index, draw)  # type: ignore[arg-type]
            for domain, (index, draw) in zip(domains, pairs, strict=True)
        )

    def batch(*parts: tuple[list[Tensor], Truth | None]) -> tuple[list[Tensor], list[Truth]]:
        made = [domain.augmented(*part) for domain, part in zip(domains, parts, strict=True)]
        truths = [normalised(truth, network.scale) for _, truth in made[: len(labelled)]]
        return [image for images, _ in made for image in images], truths

    problem = TrainingProblem(
        network, batch, len(domains[0].examples), objective, _validation(bench, labelled, settings), read,
        tuple(len(domain.examples) for domain in domains[1:]),
    )  # fmt: skip
    (course,) = fit(problem, shared, bench.device, bench.seed("order", labelled[0].name, SPLIT))
    return course


def _validation(
    bench: Bench, labelled: Sequence[Task], settings: OwnNetwork
) -> Callable[[Network], list[float]]:
    """Give the function that returns the mean validation loss over the labelled domains."""
    splits = [(task, bench.examples(task, "validation")) for task in labelled]

    def validate(network: Network) -> list[float]:
        losses = [
            mean_loss(bench.own_losses(task, network, examples, settings.precision))
            for task, examples in splits
        ]
        return [sum(losses) / len(losses)]

    return validate
