"""Kind ``adapted``: a task's network that is trained with the labels of some domains and used in another."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import ClassVar, Self

import torch
from torch import nn

from taskaffinity.engine.result import Result, TrainedSource
from taskaffinity.models.encoder import encoding_shape, make_encoder
from taskaffinity.models.networks import TaskNetwork
from taskaffinity.models.shapes import EncodingShape
from taskaffinity.models.weights import load_initial
from taskaffinity.names import adapted_name
from taskaffinity.runs.folder import RunFolder
from taskaffinity.sources import Head, LabelShare, Source, Weights
from taskaffinity.sources._domain_pairs import common_targets, pairs_of
from taskaffinity.sources._domain_scores import write_domains
from taskaffinity.tasks import Task
from taskaffinity.training.adaptation import (
    ALIGNED,
    TITLES,
    TRAINED,
    Aligned,
    aligned_network,
    trained_network,
)
from taskaffinity.training.bench import Bench
from taskaffinity.training.experiment import Outline
from taskaffinity.training.facts import facts_of, mark, weights_of
from taskaffinity.training.identity import parts_of_run, parts_of_task
from taskaffinity.training.workload import Counts, Reads, Work, own_blueprint


@dataclass(frozen=True, eq=False)
class AdaptedSource(Source):
    """A network for a task in a target domain, made without its labels there.

    Its predictions in the target domain compete with the transfers into the target.

    Attributes
    ----------
    method
        How it is made.
    strength
        The weight of the method's penalty, or its parameter.
    labelled
        The task in the domains whose labels it sees.
    targets
        The task in the domains that it is made for: one, or two for a network that only helps to choose among
        others.
    sees_target
        Whether it sees images of the target domain.
    """

    kind: ClassVar[str] = "adapted"

    method: str = field(kw_only=True)
    strength: float = field(kw_only=True)
    labelled: tuple[Task, ...] = field(kw_only=True)
    targets: tuple[Task, ...] = field(kw_only=True)
    sees_target: bool = field(kw_only=True)

    @classmethod
    def of_run(cls, run: Outline) -> Iterator[Source]:
        """Return the networks that the section ``adaptation`` asks for."""
        settings = run.config.adaptation
        if not settings.methods and not settings.leave_one_out:
            return
        for places in common_targets(run, settings).values():
            for source, target in pairs_of(places, settings):
                for method in settings.methods:
                    yield cls._adapted(run, method, places[source], places[target])
            yield from cls._leaving_out(run, list(places.values()))

    @classmethod
    def _adapted(cls, run: Outline, method: str, source: Task, target: Task) -> Source:
        """Return a network of one domain for another."""
        settings = run.config.adaptation
        strengths = {
            "subspace_alignment": settings.variance, "dann": settings.dann, "deep_coral": settings.deep_coral
        }  # fmt: skip
        name = adapted_name(method, source.base_name, source.domain, target.domain)
        title = f"{TITLES[method]} {source.domain} to {target.domain}: {_plain_title(source)}"
        return cls(
            run, name, title, target.group, labels=_labels([source]), heads=(Head(target.name, name),),
            is_offered=settings.offered, builds_on=None if method in TRAINED else source.name,
            reads_initial=method in TRAINED and run.initial is not None, method=method,
            strength=strengths.get(method, 0.0), labelled=(source,), targets=(target,),
            sees_target=method != "source_only",
        )  # fmt: skip

    @classmethod
    def _leaving_out(cls, run: Outline, places: Sequence[Task]) -> Iterator[Source]:
        """Return the networks of all domains but one, and those of all but two that choose among them."""
        settings = run.config.adaptation
        for method in settings.leave_one_out:
            for strength in (0.0,) if method == "erm" else settings.strengths:
                for count in (1, 2):
                    for targets in combinations(places, count):
                        labelled = tuple(task for task in places if task not in targets)
                        if labelled:
                            yield cls._without(run, method, strength, labelled, targets)

    @classmethod
    def _without(
        cls, run: Outline, method: str, strength: float, labelled: tuple[Task, ...], targets: tuple[Task, ...]
    ) -> Source:
        domains = [task.domain for task in targets]
        weight = "" if method == "erm" else f"-{strength:g}"
        name = f"{method}{weight}-{labelled[0].base_name}-without-{'-'.join(domains)}"
        title = f"{TITLES[method]}{weight.replace('-', ' ')} without {' and '.join(domains)}"
        heads = (Head(targets[0].name, name),) if len(targets) == 1 else ()
        return cls(
            run, name, f"{title}: {_plain_title(labelled[0])}", labelled[0].group, labels=_labels(labelled),
            heads=heads, is_offered=False, reads_initial=run.initial is not None, method=method,
            strength=strength, labelled=labelled, targets=targets, sees_target=False,
        )  # fmt: skip

    @classmethod
    def conclude(cls, sources: Sequence[Self], bench: Bench, folder: RunFolder) -> None:
        """Record ``domains.csv`` and ``generalisation.csv``; they are removed where nothing was adapted."""
        write_domains(bench, sources, folder)

    @property
    def is_adaptation(self) -> bool:
        """Whether it is adapted from one domain to another; else it was trained on all domains but some."""
        return self.builds_on is not None or self.sees_target

    @property
    def shape(self) -> EncodingShape:
        """The shape of the encoding of ``model.encoder``."""
        return encoding_shape(self.run.config.model, self.run.size)

    @property
    def parts(self) -> Mapping[str, object]:
        """The method, the code of the task in every domain, and what every network of the run depends on."""
        tasks = {
            role: [parts_of_task(task, self.run.provides) for task in part]
            for role, part in (("labelled", self.labelled), ("targets", self.targets))
        }
        return {
            "method": self.method, "strength": self.strength, "sees_target": self.sees_target, **tasks,
            "settings": self.run.config.source.model_dump(), "weights": self.run.initial,
            **parts_of_run(self.run),
        }  # fmt: skip

    def make(self, bench: Bench, initial: Weights | None) -> Result:
        """Train the network, or align that of the source domain; then test it in the target domain."""
        settings = self.run.config.source
        if self.method in TRAINED:
            unseen = self.targets if self.sees_target else ()
            network, course = trained_network(
                bench, self.labelled, unseen, self.method, self.strength, settings,
                lambda network: load_initial(network.encoder, initial or {}),
            )  # fmt: skip
            facts = facts_of(course)
        else:
            network = self._of_source(bench, initial or {})
            facts = {"diverged": False, "validation": None}
        facts["examples"] = sum(len(bench.examples(task, "source")) for task in self.labelled)
        cells = [
            mark(bench.own_cell(self.targets[0], network, head.cell, settings.precision), facts)
            for head in self.heads
        ]
        for cell in cells:
            cell.facts["transfer_size"] = facts["examples"]
        return Result(TrainedSource(self.name, weights_of(network), facts), cells)

    def _of_source(self, bench: Bench, weights: Weights) -> TaskNetwork:
        """Build the network of the source domain, its encodings aligned where the method does that."""
        (source,), (target,) = self.labelled, self.targets
        network = bench.recorded_network(source, weights)
        if self.method in ALIGNED:
            return aligned_network(bench, source, target, network, self.method, self.strength)
        return network

    def network(self, bench: Bench, weights: Weights) -> TaskNetwork:
        """Build the whole network from its recorded weights."""
        network = bench.network(self.labelled[0])
        network.encoder = self.build().to(bench.device)  # type: ignore[assignment]
        network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
        return network.eval()

    def build(self) -> nn.Module:
        """Build the encoder that ``model`` describes, with the alignment of its encodings."""
        encoder = make_encoder(self.run.config.model)
        if self.method not in ALIGNED:
            return encoder
        return Aligned(encoder, self.shape.channels)

    @property
    def architecture(self) -> Hashable:
        """The model, and whether its encodings are mapped."""
        model = self.run.config.model.model_copy(update={"weights": None})
        return (self.kind, model) if self.method in ALIGNED else model

    def work(self, counts: Counts) -> Work:
        """Return what it takes to train, validate and test the network."""
        settings, source = self.run.config.source, self.labelled[0]
        tested = sum(counts.examples[head.target, "test"] for head in self.heads)
        if self.method not in TRAINED:
            encoded = 2 * counts.examples[source.name, "source"] if self.method in ALIGNED else 0
            return Work(
                own_blueprint(source, self.run.config.model, counts, settings), scored=tested + encoded,
                reads=Reads.EXAMPLES, task=source.name,
            )  # fmt: skip
        domains = len(self.labelled) + (len(self.targets) if self.sees_target else 0)
        validated = sum(counts.examples[task.name, "validation"] for task in self.labelled)
        return Work(
            own_blueprint(source, self.run.config.model, counts, settings), settings.updates,
            -(-settings.batch // len(self.labelled)) * domains, settings.checkpoints * validated + tested,
            Reads.EXAMPLES, source.name,
        )  # fmt: skip


def _labels(tasks: Sequence[Task]) -> tuple[LabelShare, ...]:
    return tuple(LabelShare(task.name) for task in tasks if not task.is_self_supervised)


def _plain_title(task: Task) -> str:
    """Return the title of a task without its domain."""
    return task.title.removesuffix(f" ({task.domain.replace('_', ' ')})")
