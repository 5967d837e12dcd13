from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from taskaffinity.config import Optimiser
from taskaffinity.models.networks import Network, Scale
from taskaffinity.training.loop import TrainingProblem, _batches, fit
from taskaffinity.training.losses import Truth, l2
from taskaffinity.training.objective import Forward, Inputs, Objective, Supervised, Truths, mean_losses
from taskaffinity.training.update import RecordedUpdate, Update, make_update

CPU = torch.device("cpu")
SETTINGS = Optimiser(updates=12, batch=4, precision="fp32", checkpoints=1)


class Two(Network):
    """Two predictions from two batches of inputs that share their first layer."""

    def __init__(self) -> None:
        super().__init__()
        self.shared, self.heads = nn.Linear(3, 4), nn.ModuleList([nn.Linear(4, 1), nn.Linear(4, 1)])
        self.scale = Scale()

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:  # type: ignore[override]
        return [head(self.shared(part)) for head, part in zip(self.heads, inputs, strict=True)]


@dataclass
class Sum(Objective):
    """The sum of a loss on each of two predictions."""

    progress: list[float] = field(default_factory=list)

    def begin(self, progress: float) -> None:
        self.progress.append(progress)

    def backward(self, network: Network, inputs: Inputs, truth: Truths, forward: Forward) -> Tensor:
        with forward():
            predictions = network(inputs)
        assert not isinstance(truth, Truth)
        pairs = zip(predictions, truth, strict=True)
        losses = sum(mean_losses(l2(one, label), label.has_label) for one, label in pairs)
        assert isinstance(losses, Tensor)
        losses.sum().backward()
        return losses.detach()


def truth(count: int, seed: int) -> Truth:
    generator = torch.Generator().manual_seed(seed)
    return Truth(torch.randn(count, 1, generator=generator), torch.ones(count, dtype=torch.bool))


def test_an_objective_of_several_streams_is_told_how_far_training_is():
    torch.manual_seed(0)
    network, objective = Two(), Sum()
    seen: list[tuple[np.ndarray, int, np.ndarray, int]] = []

    def batch(*parts: object) -> tuple[list[Tensor], list[Truth]]:
        seen.append(parts)  # type: ignore[arg-type]
        first, _, second, _ = seen[-1]
        return [torch.rand(len(first), 3), torch.rand(len(second), 3)], [truth(4, 0), truth(4, 1)]

    problem = TrainingProblem(network, batch, 8, objective, lambda n: [0.0], beside=(20,))
    (course,) = fit(problem, SETTINGS, CPU, seed=0)
    assert not course.diverged
    np.testing.assert_allclose(objective.progress, np.arange(12) / 12)
    alone = _batches(8, 4, seed=0)
    for first, draw, _, _ in seen:
        expected, number = next(alone)
        np.testing.assert_array_equal(first, expected)
        assert draw == number
    passes = np.concatenate([second for _, _, second, number in seen if number == 0])
    assert sorted(passes) == list(range(20))


def test_a_loss_that_is_not_finite_marks_the_network_whatever_the_objective():
    update = make_update(Two(), Sum(), SETTINGS, CPU)
    wrong = Truth(torch.full((4, 1), torch.inf), torch.ones(4, dtype=torch.bool))
    update([torch.rand(4, 3)] * 2, [truth(4, 0), wrong], 1.0)
    assert update.diverged() == [True]


def test_the_plain_objective_is_the_mean_over_labelled_images():
    torch.manual_seed(0)
    network, inputs, label = nn.Linear(3, 1), torch.rand(4, 3), truth(4, 0)
    valid = torch.tensor([True, False, True, False])
    network.members = 1  # type: ignore[assignment]
    losses = Supervised(l2).backward(network, inputs, Truth(label.value, valid), torch.enable_grad)  # type: ignore[arg-type]
    expected = l2(network(inputs), label)[valid].mean()
    torch.testing.assert_close(losses, expected.detach()[None])
    (gradient,) = torch.autograd.grad(expected, [network.weight])
    torch.testing.assert_close(network.weight.grad, gradient)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_only_objectives_that_allow_it_are_recorded():
    device = torch.device("cuda")
    network = Two().to(device)
    assert type(make_update(network, Sum(), SETTINGS, device)) is RecordedUpdate

    class Eager(Sum):
        is_recordable = False

    assert type(make_update(network, Eager(), SETTINGS, device)) is Update
