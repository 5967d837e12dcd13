"""Kind ``semi``: the labels of a share of the images, and self-supervision on all of them (S4L).

Zhai, Oliver, Kolesnikov and Beyer, "S4L: Self-Supervised Semi-Supervised Learning", ICCV 2019, equation 1:

    L = w_sup L_sup(labelled images) + w_u L_u(all images) .

Both batches pass one encoder together.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from pydantic import Field
from torch import nn

from taskaffinity.config import Section
from taskaffinity.config.base import Float
from taskaffinity.engine.result import Result
from taskaffinity.errors import ConfigError
from taskaffinity.models.encoder import encoding_shape, make_encoder
from taskaffinity.models.shapes import EncodingShape
from taskaffinity.sources import Head, LabelShare, Source, Weights
from taskaffinity.tasks import Task, discover
from taskaffinity.training.bench import Bench
from taskaffinity.training.experiment import Outline
from taskaffinity.training.identity import parts_of_run, parts_of_task
from taskaffinity.training.joint import JointTraining, Plan
from taskaffinity.training.joint_workload import joint_work
from taskaffinity.training.streams import Part
from taskaffinity.training.workload import Counts, Work

KEY = "sources.declared"
NONE = "none"
EXEMPLAR = "exemplar"  # S4L's name for telling distortions of one image from those of others
CONTRASTIVE = "contrastive"  # the task of the dictionary that does it


class SemiOptions(Section):
    """Keys of a declaration."""

    task: str = Field(description="the task whose labels it needs")
    share: Annotated[Float, Field(gt=0, le=1)] = Field(
        description="share of the images of the source split that have labels"
    )
    self_supervision: str = Field(
        "rotation",
        description="what is learned on all images: a self-supervised task of the dictionary, such as "
        "rotation; exemplar; or none, for the supervised network on the same labels",
    )
    supervised_weight: Annotated[Float, Field(gt=0)] = Field(1.0, description="w_sup")
    unsupervised_weight: Annotated[Float, Field(gt=0)] = Field(1.0, description="w_u")
    title: str | None = Field(None, description="name for people")


@dataclass(frozen=True, eq=False)
class SemiSource(Source):
    """The network of a task, with labels for a share of its images.

    Attributes
    ----------
    task
        The task.
    pretext
        The self-supervised task; None for none.
    options
        How it is trained.
    """

    kind: ClassVar[str] = "semi"
    Options: ClassVar[type[Section]] = SemiOptions

    task: Task = field(kw_only=True)
    pretext: Task | None = field(kw_only=True)
    options: SemiOptions = field(kw_only=True)

    @classmethod
    def declared(cls, run: Outline, name: str, options: Section) -> Source:
        """Return the source of a declaration."""
        assert isinstance(options, SemiOptions)
        task = run.tasks.get(options.task)
        if task is None or not _needs_labels(task):
            there = ", ".join(name for name, one in run.tasks.items() if _needs_labels(one))
            said = f"{options.task!r} is no task of the run that needs labels; there are {there}"
            raise ConfigError([f"{KEY}.{name}.task: {said}"])
        pretext = _pretext(run, name, options.self_supervision)
        if pretext is not None and task.domain:
            pretext = pretext.in_domain(task.domain)
        beside = "" if pretext is None else f" and {pretext.title.lower()}"
        title = options.title or f"{task.title}, {options.share:.3g} of the labels{beside}"
        return cls(
            run, name, title, task.group,
            labels=(LabelShare(task.name, options.share),),
            heads=(Head(task.name, name),) if "target" in task.roles else (),
            reads_initial=run.initial is not None, task=task, pretext=pretext, options=options,
        )  # fmt: skip

    @property
    def shape(self) -> EncodingShape:
        """The shape of the encoding of ``model.encoder``."""
        return encoding_shape(self.run.config.model, self.run.size)

    @property
    def parts(self) -> Mapping[str, object]:
        """The code of the tasks, how they are trained, and what every network of the run depends on."""
        provides = self.run.provides
        return {
            "task": parts_of_task(self.task, provides),
            "pretext": None if self.pretext is None else parts_of_task(self.pretext, provides),
            "options": self.options.model_dump(exclude={"title"}),
            "settings": self.run.config.source.model_dump(),
            "weights": self.run.initial,
            **parts_of_run(self.run),
        }

    @property
    def plan(self) -> Plan:
        """What is trained. Its random numbers are those of the task's own network, whatever is beside it."""
        options = self.options
        parts = [Part(self.task, options.supervised_weight, options.share)]
        if self.pretext is not None:
            parts.append(Part(self.pretext, options.unsupervised_weight, is_scored=False))
        config = self.run.config
        return Plan(self.name, self.task.name, tuple(parts), config.model, config.source)

    def make(self, bench: Bench, initial: Weights | None) -> Result:
        """Train the network."""
        return JointTraining(bench, self.plan, initial or {}).run()

    def build(self) -> nn.Module:
        """Build the encoder that ``model`` describes."""
        return make_encoder(self.run.config.model)

    @property
    def architecture(self) -> Hashable:
        """The model, which all sources that are trained share."""
        return self.run.config.model.model_copy(update={"weights": None})

    def work(self, counts: Counts) -> Work:
        """Return what it takes to train, validate and test the network."""
        return joint_work(self.plan, counts)


def _needs_labels(task: Task) -> bool:
    return task.is_trained and not task.is_self_supervised


def _pretext(run: Outline, name: str, asked: str) -> Task | None:
    """Find the self-supervised task, whether it takes part in the run or not."""
    if asked == NONE:
        return None
    tasks = discover(run.config.tasks.folders)
    pretexts = {n: t for n, t in tasks.items() if t.is_self_supervised and t.target is None}
    wanted = CONTRASTIVE if asked == EXEMPLAR else asked
    if wanted not in pretexts:
        raise ConfigError([f"{KEY}.{name}.self_supervision: unknown, got {asked!r}; choose from "
                           f"{', '.join([NONE, EXEMPLAR, *pretexts])}"])  # fmt: skip
    return pretexts[wanted]
