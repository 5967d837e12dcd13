"""A worker's bench: a device, the experiment, and what is built and scored there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from taskaffinity.config import OwnNetwork
from taskaffinity.engine.result import Cell
from taskaffinity.models.decoders import Decoder, make_decoder
from taskaffinity.models.encoder import encoding_shape, make_encoder
from taskaffinity.models.networks import Network, Scale, TaskNetwork
from taskaffinity.tasks import Task
from taskaffinity.training.examples import FIXED, Examples, chunks
from taskaffinity.training.experiment import Experiment, seed_of
from taskaffinity.training.jitter import Jitter, keeps_label
from taskaffinity.training.loop import Fit, TrainingProblem, autocast, fit
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.mirror import Mirror
from taskaffinity.training.objective import Supervised

EVALUATION_BATCH = 32
BATCH_ON_GPU = 256
SCALE_EXAMPLES = 256
MIN_SPREAD = 1e-4
MOST_SHOWN = 16  # test examples whose predictions are kept; `report.examples` can be no more
KEPT_LABELS = 2**28  # bytes: the labels of a larger split are read from the disk's map batch by batch

Images = Sequence[Tensor]
Labels = Callable[[np.ndarray], Truth]


@dataclass
class Bench:
    """Builds and scores networks for one experiment on one device.

    What jobs on a target need again is kept: the scale of its labels and, for the last target, the labels.
    """

    experiment: Experiment
    device: torch.device
    _scales: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)
    _truths: dict[tuple[str, str], Truth] = field(default_factory=dict)

    def examples(self, task: Task, split: str) -> Examples:
        """Return the examples of a task in a split."""
        return Examples(self.experiment, task, self.experiment.examples(task, split))

    def labels(self, task: Task, split: str) -> Labels:
        """Give a function from positions in a split, int64 (N,), to the labels there, on the device."""
        if (task.name, split) not in self._truths:
            examples = self.examples(task, split)
            if len(examples) * _bytes(examples.labels(np.array([0]))) > KEPT_LABELS:
                return lambda index: examples.labels(index).to(self.device)
            self._keep_truth(task, split, examples)
        truth = self._truths[task.name, split]
        return lambda index: truth[self.positions(index)]

    def _keep_truth(self, task: Task, split: str, examples: Examples) -> None:
        for other in [key for key in self._truths if key[0] != task.name]:
            del self._truths[other]
        self._truths[task.name, split] = examples.truth().to(self.device)

    def seed(self, *parts: object) -> int:
        """Derive a seed from the run's and what it is for; torch's generator is set to it."""
        seed = seed_of(self.experiment.config.seed, *parts)
        torch.manual_seed(seed)
        return seed

    def scale(self, task: Task, examples: Examples | None = None) -> Scale:
        """Give the mean and spread of a task's labels, per channel.

        Only outputs in the units of the label have them; logits and embeddings are left as they are.

        Parameters
        ----------
        task
            The task.
        examples
            Whose labels are measured; those of the source split when left out.
        """
        if not self.experiment.output(task).has_scale:
            return Scale()
        if examples is not None:
            return Scale(*_measure_scale(examples))
        if task.name not in self._scales:
            self._scales[task.name] = _measure_scale(self.examples(task, "source"))
        return Scale(*self._scales[task.name])

    def decoder(self, task: Task, channels: int, grid: tuple[int, int]) -> Decoder:
        """Build the task's decoder for maps of `channels` channels on a grid of rows and columns."""
        size, width = self.experiment.data.size, self.experiment.config.model.decoder_width
        return make_decoder(self.experiment.output(task), channels, grid, size, width)

    def network(self, task: Task) -> TaskNetwork:
        """Build the task's own network, untrained."""
        model = self.experiment.config.model
        shape = encoding_shape(model, self.experiment.data.size)
        encoder = make_encoder(model)
        decoder = self.decoder(task, shape.channels * task.images, shape.grid)
        return TaskNetwork(encoder, decoder, self.scale(task)).to(self.device)

    def recorded_network(self, task: Task, weights: Mapping[str, np.ndarray]) -> TaskNetwork:
        """Build the task's own network from its recorded weights, to be read out."""
        network = self.network(task)
        network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        return network.eval()

    def positions(self, index: np.ndarray) -> Tensor:
        """Bring positions int64 (N,) to the device, without waiting for it."""
        return torch.from_numpy(index).to(self.device, non_blocking=True)

    def pinned(self, values: Tensor) -> Tensor:
        """Put values where a GPU can copy them from while the processor goes on; elsewhere leave them."""
        return values.pin_memory() if self.device.type == "cuda" else values

    def to_device(self, images: Images) -> list[Tensor]:
        """Move images to the device, in the memory format in which its convolutions are fastest."""
        layout = torch.channels_last
        return [image.to(self.device, non_blocking=True).contiguous(memory_format=layout) for image in images]

    def train_own(self, task: Task, network: Network, split: str, settings: OwnNetwork) -> Fit:
        """Train a task's own network on a split."""
        train, validation = self.examples(task, split), self.examples(task, "validation")
        jitter = Jitter(settings.jitter if keeps_label(task) else 0.0, self.seed("jitter", task.name, split))
        mirror = Mirror(task.mirror if settings.mirror else None, self.seed("mirror", task.name, split))

        def read(index: np.ndarray, draw: int) -> tuple[Images, Truth]:
            images, truth = train.batch(index, draw)
            return [self.pinned(image) for image in images], Truth(
                *map(self.pinned, (truth.value, truth.valid))
            )

        def batch(images: Images, truth: Truth) -> tuple[list[Tensor], Truth]:
            images, truth = mirror(self.to_device(images), truth.to(self.device))
            return jitter(images), normalised(truth, network.scale)

        def validate(network: Network) -> list[float]:
            return [mean_loss(self.own_losses(task, network, validation, settings.precision))]

        problem = TrainingProblem(network, batch, len(train), Supervised(loss_of(task.loss)), validate, read)
        (course,) = fit(problem, settings, self.device, self.seed("order", task.name, split))
        return course

    def evaluation_batch(self, task: Task) -> int:
        """How many examples of a task are scored at a time.

        More on a GPU, which small batches leave idle, unless a loss compares the images of a batch.
        """
        compares = self.experiment.output(task).compares_images
        return EVALUATION_BATCH if compares or self.device.type == "cpu" else BATCH_ON_GPU

    @torch.inference_mode()
    def own_losses(self, task: Task, network: Network, examples: Examples, precision: str) -> Tensor:
        """Score a task's own network on examples: losses (M,), NaN where there is no label."""
        losses = []
        for index in chunks(len(examples), self.evaluation_batch(task)):
            images, truth = examples.batch(index, FIXED)
            with autocast(precision, self.device):
                prediction = network.predict(self.to_device(images))
            losses.append(score(task, prediction, truth.to(self.device)))
        return torch.cat(losses)

    def own_cell(self, task: Task, network: Network, name: str, precision: str) -> Cell:
        """Make the cell of a task's own network: ``self`` or ``scratch``."""
        test = self.examples(task, "test")
        losses = self.own_losses(task, network, test, precision)
        shown = self.shown(len(test))
        with torch.inference_mode(), autocast(precision, self.device):
            prediction = network.predict(self.to_device(test.batch(shown)[0]))
        return self.cell(task, (name,), test, losses, prediction)

    def shown(self, count: int) -> np.ndarray:
        """Choose the test examples of the pictures: the first of them, however many, are spread evenly.

        As many are kept as a report can show, so that another ``report.examples`` needs no new measurement.
        """
        halves = (
            int(f"{i:032b}"[::-1], 2) * count >> 32 for i in range(1, 2**31)
        )  # van der Corput's sequence
        distinct: dict[int, None] = {}
        while len(distinct) < min(MOST_SHOWN, count):
            distinct[next(halves)] = None
        return np.array(list(distinct), np.int64)

    def cell(
        self, task: Task, sources: tuple[str, ...], test: Examples, losses: Tensor, prediction: Tensor
    ) -> Cell:
        """Record test losses and the predictions to show; facts are added by the job."""
        kept = self.experiment.output(task).kept(prediction.detach().float().cpu())
        values = losses.detach().float().cpu().numpy()
        return Cell(task.name, sources, test.ids, values, self.shown(len(test)), kept, {})


def _measure_scale(examples: Examples) -> tuple[Tensor, Tensor]:
    picked = np.linspace(0, len(examples) - 1, min(SCALE_EXAMPLES, len(examples))).round().astype(int)
    truth = examples.labels(np.unique(picked))
    value = truth.value.float().transpose(0, 1).flatten(1)  # (C, values)
    valid = truth.valid if truth.valid.ndim > 1 else truth.valid[:, None]
    weight = valid.expand_as(truth.value).transpose(0, 1).flatten(1)
    channels = [channel[known] for channel, known in zip(value, weight, strict=True)]
    means = torch.stack([channel.mean() for channel in channels])
    spreads = torch.stack([channel.std(correction=0).clamp(min=MIN_SPREAD) for channel in channels])
    return means.nan_to_num(0), spreads.nan_to_num(1)


def _bytes(truth: Truth) -> int:
    return truth.value.nbytes + truth.valid.nbytes


def normalised(truth: Truth, scale: Scale) -> Truth:
    """Bring labels to the units that networks work in."""
    return Truth(scale.normalise(truth.value), truth.valid)


def score(task: Task, prediction: Tensor, truth: Truth) -> Tensor:
    """Return losses (N,): NaN where an image has no label, infinite where the network gave no number."""
    losses = loss_of(task.loss)(prediction.float(), truth)
    losses = torch.where(torch.isfinite(losses), losses, torch.inf)
    return torch.where(truth.has_label, losses, torch.nan)


def mean_loss(losses: Tensor) -> float:
    """Average over the images that have a label; infinite where a loss of theirs is not finite."""
    labelled = losses[~torch.isnan(losses)]
    return float(labelled.mean()) if len(labelled) else float("inf")
