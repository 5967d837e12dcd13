"""A worker's bench: a device, the experiment, and what is built and scored there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from taskaffinity.models.decoders import Decoder, make_decoder
from taskaffinity.models.encoder import encoding_size, make_encoder
from taskaffinity.models.networks import Network, Scale, TaskNetwork
from taskaffinity.outputs import Dense, Vector
from taskaffinity.tasks import Task
from taskaffinity.training.examples import FIXED, Examples, chunks
from taskaffinity.training.experiment import Experiment, seed_of
from taskaffinity.training.jitter import Jitter, keeps_label
from taskaffinity.training.loop import Fit, Problem, autocast, fit
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.mirror import Mirror
from taskaffinity.training.pictures import keep
from taskaffinity.training.result import Cell

EVALUATION_BATCH = 32
SCALE_EXAMPLES = 256
MIN_SPREAD = 1e-4
KEPT_LABELS = 2**28  # bytes: the labels of a larger split are read from the disk's map batch by batch

Images = Sequence[Tensor]
Labels = Callable[[np.ndarray], Truth]


@dataclass
class Bench:
    """Builds and scores networks for one experiment on one device.

    What jobs on a target need again is kept: the scale of its labels and, for the target at hand, the labels.
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
        return lambda index: truth[torch.from_numpy(index).to(self.device)]

    def _keep_truth(self, task: Task, split: str, examples: Examples) -> None:
        for other in [key for key in self._truths if key[0] != task.name]:
            del self._truths[other]
        self._truths[task.name, split] = examples.truth().to(self.device)

    def seed(self, *parts: object) -> int:
        """Derive a seed from the run's and what it is for; torch's generator is set to it."""
        seed = seed_of(self.experiment.config.seed, *parts)
        torch.manual_seed(seed)
        return seed

    def scale(self, task: Task) -> Scale:
        """Give the mean and spread of a task's labels on the source split, per channel.

        Only outputs in the units of the label have them; logits and embeddings are left as they are.
        """
        if not isinstance(self.experiment.output(task), Dense | Vector):
            return Scale()
        if task.name not in self._scales:
            self._scales[task.name] = self._measure_scale(task)
        return Scale(*self._scales[task.name])

    def _measure_scale(self, task: Task) -> tuple[Tensor, Tensor]:
        examples = self.examples(task, "source")
        picked = np.linspace(0, len(examples) - 1, min(SCALE_EXAMPLES, len(examples))).round().astype(int)
        truth = examples.labels(np.unique(picked))
        value = truth.value.float().transpose(0, 1).flatten(1)  # (C, values)
        valid = truth.valid if truth.valid.ndim > 1 else truth.valid[:, None]
        weight = valid.expand_as(truth.value).transpose(0, 1).flatten(1)
        channels = [channel[known] for channel, known in zip(value, weight, strict=True)]
        means = torch.stack([channel.mean() for channel in channels])
        spreads = torch.stack([channel.std(correction=0).clamp(min=MIN_SPREAD) for channel in channels])
        return means.nan_to_num(0), spreads.nan_to_num(1)

    def decoder(self, task: Task, channels: int) -> Decoder:
        """Build the task's decoder for encodings of `channels` channels."""
        size, model = self.experiment.data.size, self.experiment.config.model
        return make_decoder(
            self.experiment.output(task), channels, encoding_size(model, size), size, model.decoder_width
        )

    def network(self, task: Task) -> TaskNetwork:
        """Build the task's own network, untrained."""
        model = self.experiment.config.model
        encoder = make_encoder(model)
        network = TaskNetwork(encoder, self.decoder(task, encoder.channels * task.images), self.scale(task))
        return network.to(self.device)

    def to_device(self, images: Images) -> list[Tensor]:
        """Move images to the device, in the layout that its convolutions like."""
        return [image.to(self.device, memory_format=torch.channels_last) for image in images]

    def train_own(self, task: Task, network: Network, split: str) -> Fit:
        """Train a task's own network on a split: its source, or the reference from scratch."""
        config = self.experiment.config
        settings = config.source if split == "source" else config.scratch
        train, validation = self.examples(task, split), self.examples(task, "validation")
        jitter = Jitter(settings.jitter if keeps_label(task) else 0.0, self.seed("jitter", task.name, split))
        mirror = Mirror(task.mirror if settings.mirror else None, self.seed("mirror", task.name, split))

        def batch(index: np.ndarray, draw: int) -> tuple[list[Tensor], Truth]:
            images, truth = train.batch(index, draw)
            images, truth = mirror(self.to_device(images), truth.to(self.device))
            return jitter(images), normalised(truth, network.scale)

        def validate(network: Network) -> list[float]:
            return [mean_loss(self.own_losses(task, network, validation, settings.precision))]

        problem = Problem(network, batch, len(train), loss_of(task.loss), validate)
        (course,) = fit(problem, settings, self.device, self.seed("order", task.name, split))
        return course

    @torch.inference_mode()
    def own_losses(self, task: Task, network: Network, examples: Examples, precision: str) -> Tensor:
        """Score a task's own network on examples: losses (M,), NaN where there is no label."""
        losses = []
        for index in chunks(len(examples), EVALUATION_BATCH):
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
        """Choose the test examples of the pictures, spread evenly."""
        wanted = min(self.experiment.config.report.examples, count)
        return np.linspace(0, count - 1, wanted + 2)[1:-1].round().astype(np.int64)

    def cell(
        self, task: Task, sources: tuple[str, ...], test: Examples, losses: Tensor, prediction: Tensor
    ) -> Cell:
        """Record test losses and the predictions to show; facts are added by the job."""
        kept = keep(self.experiment.output(task), prediction.detach().float().cpu())
        values = losses.detach().float().cpu().numpy()
        return Cell(task.name, sources, test.ids, values, self.shown(len(test)), kept, {})


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
    known = losses[~torch.isnan(losses)]
    return float(known.mean()) if len(known) else float("inf")
