"""Kind ``joint``: one encoder trained on several tasks at once, with a head for each of them."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, model_validator
from torch import nn

from taskaffinity.config import Model, Section
from taskaffinity.config.base import Int, PositiveInt
from taskaffinity.engine.result import Result
from taskaffinity.errors import ConfigError
from taskaffinity.models.encoder import make_encoder
from taskaffinity.models.joint import Branch, trunk_of, trunk_shape
from taskaffinity.models.shapes import EncodingShape
from taskaffinity.names import JOINER
from taskaffinity.sources import Head, LabelShare, Source, Weights
from taskaffinity.tasks import Task
from taskaffinity.training.bench import Bench
from taskaffinity.training.combine import ByGradients, Combination, aggregator_of
from taskaffinity.training.experiment import Outline
from taskaffinity.training.identity import parts_of_run, parts_of_task
from taskaffinity.training.joint import JointTraining, Plan
from taskaffinity.training.joint_workload import joint_work, updates_of_equal_computation
from taskaffinity.training.streams import Part
from taskaffinity.training.workload import Counts, EncoderBlueprint, Work, counts_of, operations

KEY = "sources.declared"
MOST_NAMED = 2  # tasks in a title


class JointOptions(Section):
    """Keys of a declaration; one of `tasks` and `among`."""

    tasks: list[str] | None = Field(None, description="the tasks of one group")
    among: list[str] | None = Field(
        None, description="tasks whose groups of the `sizes` are a source each, `NAME-TASK-TASK`"
    )
    sizes: list[PositiveInt] = Field([2], description="sizes of the groups")
    combine: Combination = Field(
        "equal", description="how losses are combined: their sum, by uncertainty, or by gradients"
    )
    budget: Literal["updates", "computation"] = Field(
        "updates",
        description="as many updates as a single network, or as much computation in training as those of "
        "all tasks",
    )
    branch: Branch = Field("encoding", description="the last part of the encoder that the tasks share")
    width: PositiveInt | None = Field(
        None, description="channels after the stem of the small encoder; those of `model` when left out"
    )
    updates: PositiveInt | None = Field(
        None,
        description="updates of a single network; those of `source` when left out",
    )
    interference: Annotated[Int, Field(ge=0)] = Field(
        0, description="updates between measurements of what the tasks do to each other; 0 for none"
    )
    title: str | None = Field(None, description="name for people; of one group alone")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.tasks is None) == (self.among is None):
            raise ValueError("give `tasks`, one group, or `among` with `sizes`, many groups")
        names = self.tasks or self.among or []
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"names task {twice[0]!r} twice; keep one")
        if self.width is None and (len(names) < 2 or (self.among is not None and min(self.sizes) < 2)):
            raise ValueError("a group of one is the task's own network; name two tasks or another width")
        if self.among is not None and max(self.sizes) > len(names):
            raise ValueError(f"there is no group of {max(self.sizes)} among {len(names)} tasks")
        return self


@dataclass(frozen=True, eq=False)
class JointSource(Source):
    """One encoder for a group of tasks.

    It predicts its own tasks by its heads, whose losses stand under its name; other targets are read out of
    its encoding.

    Attributes
    ----------
    tasks
        The group.
    options
        How it is trained.
    """

    kind: ClassVar[str] = "joint"
    Options: ClassVar[type[Section]] = JointOptions

    tasks: tuple[Task, ...] = field(kw_only=True)
    options: JointOptions = field(kw_only=True)

    @classmethod
    def declared(cls, run: Outline, name: str, options: Section) -> Iterable[Source]:
        """Return the source of one group, or those of many."""
        assert isinstance(options, JointOptions)
        _check(run, name, options)
        if options.tasks is not None:
            return [cls._of_group(run, name, options.tasks, options)]
        return [
            cls._of_group(run, "-".join([name, *group]), group, options.model_copy(update={"title": None}))
            for size in sorted(set(options.sizes))
            for group in combinations(options.among or [], size)
        ]

    @classmethod
    def _of_group(cls, run: Outline, name: str, names: Iterable[str], options: JointOptions) -> Source:
        tasks = tuple(_tasks(run, name, names))
        title = options.title or _title(name, tasks, options)
        groups = {task.group for task in tasks}
        starts = run.initial is not None and options.width is None
        return cls(
            run, name, title, groups.pop() if len(groups) == 1 else "joint",
            labels=tuple(LabelShare(task.name) for task in tasks if not task.is_self_supervised),
            heads=tuple(Head(task.name, name) for task in tasks if "target" in task.roles),
            reads_initial=starts, tasks=tasks, options=options,
        )  # fmt: skip

    @property
    def shape(self) -> EncodingShape:
        """The shape of the encoding where the network branches."""
        return trunk_shape(self.model, self.options.branch, self.run.size)

    @property
    def model(self) -> Model:
        """The model, at the declared width."""
        width = self.options.width
        return self.run.config.model if width is None else self.run.config.model.model_copy(
            update={"width": width}
        )  # fmt: skip

    @property
    def parts(self) -> Mapping[str, object]:
        """The code of the tasks, how they are trained, and what every network of the run depends on."""
        return {
            "tasks": {task.name: parts_of_task(task, self.run.provides) for task in self.tasks},
            "order": [task.name for task in self.tasks],
            "settings": self.run.config.source.model_dump(),
            "options": self.options.model_dump(exclude={"tasks", "among", "sizes", "title"}),
            "weights": self.run.initial if self.reads_initial else None,
            **parts_of_run(self.run),
        }

    def plan(self, counts: Counts) -> Plan:
        """Return what is trained, and for how long."""
        settings = self.run.config.source
        if self.options.updates is not None:
            settings = settings.model_copy(update={"updates": self.options.updates})
        plan = Plan(
            self.name, JOINER.join(task.name for task in self.tasks), tuple(map(Part, self.tasks)),
            self.model, settings, self.options.branch, self.options.combine, self.options.interference,
        )  # fmt: skip
        if self.options.budget == "updates":
            return plan
        updates = updates_of_equal_computation(plan, settings, self.run.config.model, counts)
        return plan.within(updates)

    def make(self, bench: Bench, initial: Weights | None) -> Result:
        """Train the network."""
        return JointTraining(bench, self.plan(counts_of(bench.experiment)), initial or {}).run()

    def build(self) -> nn.Module:
        """Build what the tasks share."""
        return trunk_of(self.model, self.options.branch)

    @property
    def encoder_operations(self) -> int:
        """Multiply-adds for one image of what the tasks share, and of the rest of the encoder for each."""
        shared = super().encoder_operations
        if self.options.branch == "encoding":
            return shared
        whole = EncoderBlueprint(
            self.model.model_copy(update={"weights": None}), self.image.size, self.precision,
            lambda: make_encoder(self.model),
        )  # fmt: skip
        return shared + len(self.tasks) * (operations(whole) // 2 - shared)

    @property
    def architecture(self) -> Hashable:
        """Model and branch."""
        model = self.model.model_copy(update={"weights": None})
        return model if self.options.branch == "encoding" else (model, self.options.branch)

    def work(self, counts: Counts) -> Work:
        """Return what it takes to train, validate and test the network."""
        return joint_work(self.plan(counts), counts)


def _title(name: str, tasks: Sequence[Task], options: JointOptions) -> str:
    """Name a network for people: by its tasks where they are few, and by what is not usual about it."""
    by_tasks = " & ".join(task.title for task in tasks)
    if len(tasks) > MOST_NAMED:
        rest = [task for task in options.among or () if task not in {one.name for one in tasks}]
        by_tasks = f"{name} ({len(tasks)} tasks)"
        if options.among is not None:
            by_tasks = f"All but {' & '.join(rest)}" if rest else f"All {len(tasks)} tasks"
    unusual = [
        "" if options.width is None else f"width {options.width}",
        "" if options.combine == "equal" else options.combine,
        "" if options.budget == "updates" else "same computation",
        "" if options.branch == "encoding" else f"branching after {options.branch}",
    ]
    return ", ".join([by_tasks, *filter(None, unusual)])


def _check(run: Outline, name: str, options: JointOptions) -> None:
    """Refuse what can only be known with the run's configuration."""
    if options.width is not None and run.config.model.encoder != "small":
        raise ConfigError([f"{KEY}.{name}.width: model.encoder is {run.config.model.encoder}; only the small "
                           "encoder has a width"])  # fmt: skip
    if options.combine in get_args(ByGradients):
        aggregator_of(options.combine)  # type: ignore[arg-type]


def _tasks(run: Outline, name: str, names: Iterable[str]) -> Iterator[Task]:
    """Find the tasks of a group among those that take part."""
    for task in names:
        if task not in run.tasks:
            from difflib import get_close_matches

            near = get_close_matches(task, run.tasks, n=1)
            hint = f"did you mean {near[0]}?" if near else "add it to tasks.names"
            raise ConfigError([f"{KEY}.{name}.tasks: no task {task!r} takes part in the run; {hint}"])
        if not run.tasks[task].is_trained:
            raise ConfigError([f"{KEY}.{name}.tasks: {task!r} has nothing to learn; leave it out"])
        yield run.tasks[task]
