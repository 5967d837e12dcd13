import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from taskaffinity.config import Optimiser
from taskaffinity.models.networks import Network, Scale
from taskaffinity.training.loop import Fit, TrainingProblem, _batches, _course, autocast, fit, has_fast_bf16
from taskaffinity.training.losses import Truth, l2
from taskaffinity.training.objective import Supervised

CPU = torch.device("cpu")
SLOPE = torch.tensor([[2.0, -1.0, 0.5]])


class Line(Network):
    def __init__(self) -> None:
        super().__init__()
        self.layer, self.scale = nn.Linear(3, 1), Scale()

    def forward(self, inputs: Tensor) -> Tensor:
        return self.layer(inputs)


def problem(validate: object = None, poison: bool = False) -> TrainingProblem:
    torch.manual_seed(0)
    inputs = torch.randn(64, 3)
    truth = Truth(inputs @ SLOPE.T, torch.ones(64, dtype=torch.bool))
    if poison:
        truth.value[:] = math.inf

    def mean(network: Network) -> list[float]:
        with torch.inference_mode():
            return [float(l2(network(inputs), truth).mean())]

    return TrainingProblem(
        Line(), lambda index, draw: (inputs[index], truth[torch.from_numpy(index)]), 64, Supervised(l2),
        validate or mean,
    )  # fmt: skip


def settings(**changed: object) -> Optimiser:
    return Optimiser(**{"updates": 200, "batch": 16, "learning_rate": 0.05, "precision": "fp32", **changed})


def test_learns_what_there_is_to_learn() -> None:
    (course,) = fit(line := problem(), settings(), CPU, seed=0)
    assert course.best < 1e-3
    assert not course.diverged
    torch.testing.assert_close(line.network.layer.weight, SLOPE, atol=0.05, rtol=0)


def test_the_best_checkpoint_is_what_is_left() -> None:
    seen: list[tuple[float, Tensor]] = []
    losses = iter([3.0, 1.0, 2.0, 5.0])

    def validate(network: Network) -> list[float]:
        seen.append((next(losses), network.layer.weight.detach().clone()))
        return [seen[-1][0]]

    (course,) = fit(line := problem(validate), settings(checkpoints=4), CPU, seed=0)
    assert course == Fit([3.0, 1.0, 2.0, 5.0], 1.0, False)
    torch.testing.assert_close(line.network.layer.weight, seen[1][1], rtol=0, atol=0)


def test_a_loss_that_is_not_finite_stops_the_training_and_marks_it() -> None:
    (course,) = fit(problem(poison=True), settings(), CPU, seed=0)
    assert course.diverged
    assert course.validation == []


def test_same_seed_same_weights_and_another_seed_others() -> None:
    def weights(seed: int) -> Tensor:
        fit(line := problem(), settings(updates=10), CPU, seed)
        return line.network.layer.weight.detach()

    torch.testing.assert_close(weights(3), weights(3), rtol=0, atol=0)
    assert not torch.equal(weights(3), weights(4))


def test_learning_rate_rises_then_falls_to_nothing() -> None:
    factor = _course(settings(updates=100, warmup=0.1))
    rates = [factor(update) for update in range(101)]
    assert rates[9] == 1.0
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == pytest.approx(0)


def test_every_pass_sees_every_example_in_a_new_order() -> None:
    batches = _batches(examples=12, size=4, seed=0)
    drawn = [next(batches) for _ in range(6)]
    passes = [np.concatenate([index for index, number in drawn if number == k]) for k in (0, 1)]
    for one in passes:
        assert sorted(one) == list(range(12))
    assert passes[0].tolist() != passes[1].tolist()


def test_a_batch_is_no_larger_than_the_examples() -> None:
    index, _ = next(_batches(examples=3, size=32, seed=0))
    assert sorted(index) == [0, 1, 2]


def test_precision_is_what_the_settings_say() -> None:
    with autocast("bf16", CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
    with autocast("fp32", CPU):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    with autocast("auto", CPU):
        native = (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
    assert native == has_fast_bf16(CPU)
