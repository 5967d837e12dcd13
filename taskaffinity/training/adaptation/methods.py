"""The methods of adaptation by name: how each makes a network from labelled and unlabelled domains."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from taskaffinity.config import OwnNetwork
from taskaffinity.models.networks import TaskNetwork
from taskaffinity.models.shapes import EncodingShape
from taskaffinity.tasks import Task
from taskaffinity.training.adaptation.alignment import Affine, Aligned, samples
from taskaffinity.training.adaptation.coral import coral
from taskaffinity.training.adaptation.dann import Adversarial, critic
from taskaffinity.training.adaptation.deep_coral import DeepCoral
from taskaffinity.training.adaptation.domain_objective import AcrossDomains
from taskaffinity.training.adaptation.subspace import subspace_alignment
from taskaffinity.training.adaptation.train import SPLIT, network_across, train_across
from taskaffinity.training.bench import EVALUATION_BATCH, Bench
from taskaffinity.training.examples import chunks
from taskaffinity.training.loop import Fit, autocast
from taskaffinity.training.losses import loss_of

TITLES = {
    "source_only": "Source only", "subspace_alignment": "Subspace alignment", "coral": "CORAL",
    "dann": "DANN", "deep_coral": "Deep CORAL", "erm": "ERM",
}  # fmt: skip
ALIGNED: Mapping[str, Callable[[np.ndarray, np.ndarray, float], Affine]] = {
    "subspace_alignment": subspace_alignment,
    "coral": lambda source, target, strength: coral(source, target),
}
"""Methods that map the frozen encodings of the target; the third argument is the method's parameter."""
TRAINED = ("dann", "deep_coral", "erm")
"""Methods that train a network of their own."""
MOST_IMAGES = 2048  # of each domain, that alignments are computed from


def aligned_network(
    bench: Bench, labelled: Task, unlabelled: Task, network: TaskNetwork, method: str, strength: float
) -> TaskNetwork:
    """Map the encodings of the unlabelled domain to those of the labelled one, in place.

    Parameters
    ----------
    bench
        Where it runs.
    labelled, unlabelled
        The task in both domains; no label of either is read.
    network
        The own network of the labelled domain.
    method, strength
        A name of `ALIGNED`, and its parameter.
    """
    precision = bench.experiment.config.source.precision
    values = [
        samples(_encoded(bench, network, task, precision)).astype(np.float64)
        for task in (labelled, unlabelled)
    ]
    network.encoder = Aligned(network.encoder, values[0].shape[1]).to(bench.device)  # type: ignore[assignment]
    network.encoder.set_map(ALIGNED[method](values[0], values[1], strength))  # type: ignore[operator]
    return network


@torch.inference_mode()
def _encoded(bench: Bench, network: TaskNetwork, task: Task, precision: str) -> np.ndarray:
    """Encode images of the source split, spread over it: float32 (N, C, h, w)."""
    network.eval()
    examples = bench.examples(task, SPLIT)
    picked = np.unique(np.linspace(0, len(examples) - 1, MOST_IMAGES).round().astype(int))
    maps = []
    for part in chunks(len(picked), EVALUATION_BATCH):
        with autocast(precision, bench.device):
            images = bench.to_device(examples.images(picked[part]))
            maps.append(network.encoder(torch.cat(images)).float().cpu())
    return torch.cat(maps).numpy()


def trained_network(
    bench: Bench,
    labelled: Sequence[Task],
    unlabelled: Sequence[Task],
    method: str,
    strength: float,
    settings: OwnNetwork,
    initial: Callable[[TaskNetwork], None],
) -> tuple[TaskNetwork, Fit]:
    """Train a network across domains by a method of `TRAINED`.

    Parameters
    ----------
    bench
        Where it runs.
    labelled, unlabelled
        The task in several domains.
    method, strength
        Which, and the weight of its penalty; 0 for none.
    settings
        How own networks are trained.
    initial
        Loads what the encoder starts from.
    """
    network = network_across(bench, labelled)
    initial(network)
    objective = _objective(bench, [*labelled, *unlabelled], method, strength)
    return network, train_across(bench, labelled, unlabelled, network, settings, objective)


def _objective(bench: Bench, domains: Sequence[Task], method: str, strength: float) -> AcrossDomains:
    task = domains[0]
    loss, is_dense = loss_of(task.loss), bench.experiment.output(task).per_pixel
    if method != "dann":
        return DeepCoral(loss, task.images, strength if method == "deep_coral" else 0.0, is_dense)
    shape = _shape(bench)
    bench.seed("critic", task.name)
    judge = critic((shape.channels, shape.rows, shape.columns), len(domains), is_dense).to(bench.device)
    return Adversarial(loss, task.images, judge, strength)


def _shape(bench: Bench) -> EncodingShape:
    from taskaffinity.models.encoder import encoding_shape

    return encoding_shape(bench.experiment.config.model, bench.experiment.data.size)
