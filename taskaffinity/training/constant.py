"""The best constant guess for a target: the reference that a network has to beat to have learned anything."""

import numpy as np
import torch
from torch import Tensor

from taskaffinity.config import Optimiser
from taskaffinity.engine.result import Cell
from taskaffinity.models.networks import Constant, Network
from taskaffinity.names import CONSTANT
from taskaffinity.tasks import Task
from taskaffinity.training.bench import Bench, mean_loss, normalised, score
from taskaffinity.training.examples import FIXED
from taskaffinity.training.facts import facts_of, mark
from taskaffinity.training.loop import TrainingProblem, fit
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.objective import Supervised

CONSTANT_FIT = Optimiser(
    updates=300, batch=64, learning_rate=0.1, muon_rate=0.0, weight_decay=0.0, precision="fp32"
)


def fit_constant(bench: Bench, task: Task, settings: Optimiser = CONSTANT_FIT) -> Cell:
    """Find the best constant guess for a target: the one prediction with the least loss on the source split.

    The statistically informed guess of Zamir et al. (2018), section 4.1: it may differ from pixel to pixel,
    but not from image to image.
    """
    seed = bench.seed("weights", task.name, "constant")
    train, test = bench.examples(task, "source"), bench.examples(task, "test")
    validation = bench.examples(task, "validation").truth()
    output_shape = _output_shape(bench, task)
    network = Constant(output_shape, bench.scale(task)).to(bench.device)

    def batch(index: np.ndarray, draw: int) -> tuple[Tensor, Truth]:
        truth = train.labels(index).to(bench.device)
        return truth.valid, normalised(truth, network.scale)

    def losses(network: Network, truth: Truth) -> Tensor:
        with torch.inference_mode():
            return score(task, network.predict(truth.valid), truth.to(bench.device))

    def validate(network: Network) -> list[float]:
        return [mean_loss(losses(network, validation))]

    problem = TrainingProblem(
        network, batch, len(train), Supervised(loss_of(task.loss)), validate,
    )  # fmt: skip
    (course,) = fit(problem, settings, bench.device, seed)
    shown = bench.shown(len(test))
    with torch.inference_mode():
        prediction = network.predict(torch.zeros(len(shown)))
    cell = bench.cell(task, (CONSTANT,), test, losses(network, test.truth()), prediction)
    return mark(cell, facts_of(course))


@torch.no_grad()  # not inference_mode: what the bench keeps from here goes into networks that are trained
def _output_shape(bench: Bench, task: Task) -> tuple[int, ...]:
    """Return the shape of one prediction of the task."""
    network = bench.network(task).eval()
    images, _ = bench.examples(task, "test").batch(np.array([0]), FIXED)
    return tuple(network(bench.to_device(images)).shape[1:])
