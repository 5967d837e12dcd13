"""What training a joint network costs, and its network to be weighed and timed."""

from dataclasses import dataclass, field

import torch

from taskaffinity.config import Model, OwnNetwork
from taskaffinity.models.decoders import make_decoder
from taskaffinity.models.joint import Branch, Head, JointNetwork, tail_of, trunk_of, trunk_shape
from taskaffinity.models.networks import Network, Scale
from taskaffinity.outputs import Output
from taskaffinity.tasks.contract import OwnLoss
from taskaffinity.training.combine import Combination, Term, losses_of, objective_of
from taskaffinity.training.joint import Plan
from taskaffinity.training.losses import Truth, loss_of
from taskaffinity.training.objective import Inputs, Objective, Truths
from taskaffinity.training.workload import (
    Batch,
    Counts,
    Reads,
    Trained,
    Work,
    operations,
    own_blueprint,
    without_weights,
)


@dataclass(frozen=True)
class HeadBlueprint:
    """What a task of a joint network predicts, how it is scored, and which stream of images it reads."""

    output: Output
    loss: str | OwnLoss | None
    stream: int


@dataclass(frozen=True)
class JointBlueprint(Trained):
    """A joint network.

    Attributes
    ----------
    size, settings
        As in `Trained`.
    heads
        What its tasks predict.
    images
        How many images an example has, by stream.
    model
        Encoder and decoders.
    branch
        Where it branches.
    combine
        How losses are combined.
    """

    size: tuple[int, int]
    settings: OwnNetwork = field(hash=False)
    heads: tuple[HeadBlueprint, ...]
    images: tuple[int, ...]
    model: Model
    branch: Branch
    combine: Combination

    def build(self) -> JointNetwork:
        """Build encoder and heads."""
        trunk, shape = trunk_of(self.model, self.branch), trunk_shape(self.model, "encoding", self.size)
        width = self.model.decoder_width
        heads = [
            Head(
                tail_of(self.model, self.branch),
                make_decoder(
                    head.output, shape.channels * self.images[head.stream], shape.grid, self.size, width
                ),
                Scale(), head.stream,
            )
            for head in self.heads
        ]  # fmt: skip
        return JointNetwork(trunk, heads, self.images)

    def inputs(self, count: int) -> Batch:
        """Draw images (count, 3, H, W), a batch for each image of an example of each stream."""
        layout = torch.channels_last
        return [torch.rand(count, 3, *self.size).to(memory_format=layout) for _ in range(sum(self.images))]

    def objective(self, network: Network) -> Objective:
        """Return what its updates make smaller."""
        assert isinstance(network, JointNetwork)
        return objective_of(self.combine, self._terms, network)

    def truth(self, network: Network, inputs: Inputs, count: int) -> Truths:
        """Draw labels for `count` examples."""
        with torch.no_grad():
            predictions = network([batch[:1] for batch in inputs])
        return [
            head.output.random_truth(tuple(one.shape[1:]), self.size, count)
            for head, one in zip(self.heads, predictions, strict=True)
        ]

    def score(self, network: Network, inputs: Inputs, truth: Truths) -> None:
        """Predict and score once."""
        assert not isinstance(truth, Truth)
        predictions = [prediction.float() for prediction in network(inputs)]
        losses_of(self._terms, predictions, truth)

    @property
    def _terms(self) -> list[Term]:
        return [Term(loss_of(head.loss)) for head in self.heads]


def joint_work(plan: Plan, counts: Counts) -> Work:
    """Return what it takes to train, validate and test a joint network.

    Streams whose heads are not scored are counted as if they were.
    """
    settings = plan.settings
    first = plan.parts[0].task.name
    examples = min(settings.batch, counts.examples[first, "source"])
    scored = settings.checkpoints * counts.examples[first, "validation"] + counts.examples[first, "test"]
    beside = tuple(part.task.name for part in plan.parts[1:] if (part.task.name, "source") in counts.examples)
    return Work(
        joint_blueprint(plan, counts), settings.updates, examples, scored, Reads.EXAMPLES, first, beside
    )


def joint_blueprint(plan: Plan, counts: Counts) -> JointBlueprint:
    """Describe the network of a plan."""
    stream = {position: n for n, one in enumerate(plan.streams) for position in one.parts}
    heads = []
    for position, part in enumerate(plan.parts):
        output = counts.outputs.get(part.task.name, part.task.output)
        assert output is not None
        heads.append(HeadBlueprint(output, part.task.loss, stream[position]))
    images = tuple(one.images for one in plan.streams)
    model = without_weights(plan.model)
    return JointBlueprint(counts.size, plan.settings, tuple(heads), images, model, plan.branch, plan.combine)


def updates_of_equal_computation(plan: Plan, single: OwnNetwork, model: Model, counts: Counts) -> int:
    """Return the updates that cost as much as those of the own networks of all its tasks together.

    Parameters
    ----------
    plan
        The joint network.
    single, model
        How the own networks are trained, and what they are.
    counts
        How much data there is.
    """
    own = sum(operations(own_blueprint(part.task, model, counts, single)) for part in plan.parts)
    return max(1, round(single.updates * own / operations(joint_blueprint(plan, counts))))
