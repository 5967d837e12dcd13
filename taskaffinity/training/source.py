"""Sources and references: a task's own network, the same from scratch, an untrained one, a constant."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from taskaffinity.config import Optimiser
from taskaffinity.models.encoder import Encoder, make_encoder
from taskaffinity.models.networks import Constant, Network
from taskaffinity.models.weights import load_initial
from taskaffinity.tasks import Task
from taskaffinity.training.bench import Bench, mean_loss, normalised, score
from taskaffinity.training.examples import FIXED
from taskaffinity.training.loop import Fit, Problem, fit
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.result import Cell, Result, TrainedSource

CONSTANT_FIT = Optimiser(
    updates=300, batch=64, learning_rate=0.1, muon_rate=0.0, weight_decay=0.0, precision="fp32"
)


def facts_of(course: Fit) -> dict[str, object]:
    """Return what is recorded of a training."""
    return {
        "diverged": course.diverged,
        "validation": course.best if np.isfinite(course.best) else None,
        "course": [loss if np.isfinite(loss) else None for loss in course.validation],
    }


def train_source(bench: Bench, task: Task, initial: Mapping[str, np.ndarray] | None = None) -> Result:
    """Train a task's own network on the source split; its test losses are the cell ``self``.

    Parameters
    ----------
    bench
        Where it runs.
    task
        The task.
    initial
        What the encoder starts from, by parameter name; what is not there is drawn.
    """
    bench.seed("weights", task.name, "source")
    network = bench.network(task)
    load_initial(network.encoder, initial or {})
    course = bench.train_own(task, network, "source")
    facts = {**facts_of(course), "examples": len(bench.examples(task, "source"))}
    cells = []
    if "target" in task.roles:
        precision = bench.experiment.config.source.precision
        cells.append(mark(bench.own_cell(task, network, "self", precision), facts))
    return Result(TrainedSource(task.name, weights_of(network), facts), cells)


def train_scratch(bench: Bench, task: Task) -> Result:
    """Train the same network on the transfer split alone: the reference of gain."""
    bench.seed("weights", task.name, "scratch")
    network = bench.network(task)
    course = bench.train_own(task, network, "transfer")
    cell = bench.own_cell(task, network, "scratch", bench.experiment.config.scratch.precision)
    return Result(cells=[mark(cell, facts_of(course))])


def make_random(bench: Bench) -> Result:
    """Draw the encoder that is never trained."""
    bench.seed("weights", "random")
    encoder = make_encoder(bench.experiment.config.model)
    weights = {f"encoder.{name}": value for name, value in weights_of(encoder).items()}
    return Result(TrainedSource("random", weights, {"diverged": False, "validation": None, "examples": 0}))


def fit_constant(bench: Bench, task: Task) -> Result:
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

    problem = Problem(
        network, batch, len(train), loss_of(task.loss), lambda n: [mean_loss(losses(n, validation))]
    )
    (course,) = fit(problem, CONSTANT_FIT, bench.device, seed)
    shown = bench.shown(len(test))
    with torch.inference_mode():
        prediction = network.predict(torch.zeros(len(shown)))
    cell = bench.cell(task, ("constant",), test, losses(network, test.truth()), prediction)
    return Result(cells=[mark(cell, facts_of(course))])


@torch.no_grad()  # not inference_mode: what the bench keeps from here goes into networks that are trained
def _output_shape(bench: Bench, task: Task) -> tuple[int, ...]:
    """Return the shape of one prediction of the task."""
    network = bench.network(task).eval()
    images, _ = bench.examples(task, "test").batch(np.array([0]), FIXED)
    return tuple(network(bench.to_device(images)).shape[1:])


def mark(cell: Cell, facts: dict[str, object]) -> Cell:
    """Mark a cell; a diverged one loses to everything."""
    diverged = bool(facts["diverged"]) or bool(np.isinf(cell.losses).any())
    if diverged:
        cell.losses[~np.isnan(cell.losses)] = np.inf
    cell.facts.update({k: v for k, v in facts.items() if k != "course"}, diverged=diverged)
    return cell


def weights_of(network: nn.Module) -> dict[str, np.ndarray]:
    """Copy a network's parameters and buffers to arrays."""
    return {
        name: value.detach().cpu().contiguous().numpy().copy() for name, value in network.state_dict().items()
    }


def load_encoder(bench: Bench, weights: dict[str, np.ndarray]) -> Encoder:
    """Build a frozen encoder from recorded weights."""
    encoder = make_encoder(bench.experiment.config.model)
    prefix = "encoder."
    state = {n.removeprefix(prefix): torch.from_numpy(v) for n, v in weights.items() if n.startswith(prefix)}
    encoder.load_state_dict(state)
    encoder.eval().requires_grad_(False)
    return encoder.to(bench.device).to(memory_format=torch.channels_last)
