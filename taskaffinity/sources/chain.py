"""Kind ``chain``: a readout trained on another source, whose output or last hidden map is the encoding.

A target that is read out of a chain learns from its source by way of another task: the transitive transfers
of Taskonomy's supplement (Zamir et al., "Taskonomy", CVPR 2018, supplementary material). The direct transfer
from the same source stands beside it in every run.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, ClassVar, Literal

import numpy as np
import torch
from pydantic import Field
from torch import nn

from taskaffinity.config import Section
from taskaffinity.config.base import PositiveInt
from taskaffinity.engine.result import Result, TrainedSource
from taskaffinity.errors import SourceError
from taskaffinity.models.chained import BeforeLast, Chained
from taskaffinity.models.networks import Readout
from taskaffinity.models.shapes import EncodingShape, ImageFormat
from taskaffinity.sources import ENCODER, Source, Weights, encode, source_of
from taskaffinity.tasks import Task
from taskaffinity.training.bench import Bench
from taskaffinity.training.encodings import Encodings, SourceSet
from taskaffinity.training.experiment import Outline
from taskaffinity.training.facts import facts_of, weights_of
from taskaffinity.training.identity import parts_of_readouts, parts_of_run, parts_of_task
from taskaffinity.training.transfer import train_readout
from taskaffinity.training.workload import (
    Counts,
    EncoderBlueprint,
    ReadoutBlueprint,
    Reads,
    Work,
    operations,
)

BASE = f"{ENCODER}base."  # what the names of the weights of the source begin with
STAND_IN = 2  # classes, where only the data say how many: no hidden map depends on it


@dataclass(frozen=True, eq=False)
class ChainSource(Source):
    """A source, followed by a readout of a task that was trained on it.

    Attributes
    ----------
    base
        The source.
    through
        The task of the readout.
    takes
        Which map of the readout is the encoding: ``hidden`` or ``output``.
    grid
        Most rows and most columns of the encoding; larger maps are averaged.
    """

    kind: ClassVar[str] = "chain"

    base: Source = field(kw_only=True)
    through: Task = field(kw_only=True)
    takes: str = field(kw_only=True)
    grid: int = field(kw_only=True)

    class Options(Section):
        """The keys of a declaration."""

        source: str
        through: str
        takes: Literal["hidden", "output"] = "hidden"
        grid: PositiveInt = 16
        title: Annotated[str, Field(min_length=1)] | None = None
        group: str = "chain"

    @classmethod
    def declared(cls, run: Outline, name: str, options: Section) -> Source:
        """Make the chain that a configuration declares.

        Raises
        ------
        SourceError
            There is no such source or target, or they cannot be chained.
        """
        assert isinstance(options, cls.Options)
        key = f"sources.declared.{name}"
        _require_end(run, name, key)
        try:
            base = source_of(run, options.source)
        except SourceError as error:
            raise SourceError(f"{key}.source: {error}") from None
        if not base.encodes_images:
            raise SourceError(f"{key}.source: {options.source} has no encoder; choose another source")
        task = _task(run, options, key)
        return cls(
            run, name, options.title or f"{base.title} → {task.title}", options.group,
            labels=base.labels, builds_on=base.name, base=base, through=task, takes=options.takes,
            grid=options.grid,
        )  # fmt: skip

    @cached_property
    def shape(self) -> EncodingShape:
        """The shape of its encoding of one image."""
        with torch.device("meta"), torch.no_grad():
            maps = self._chained(nn.Identity())(
                torch.zeros(1, self.base.shape.channels, *self.base.shape.grid)
            )
        return EncodingShape(*maps.shape[1:])

    @property
    def image(self) -> ImageFormat:
        """What the encoder of the source expects."""
        return self.base.image

    @property
    def precision(self) -> str:
        """That of the source."""
        return self.base.precision

    @property
    def parts(self) -> Mapping[str, object]:
        """The source, the task, how readouts are trained, and what is taken of them."""
        return {
            "base": self.base.identity, "task": parts_of_task(self.through, self.run.provides),
            "settings": parts_of_readouts(self.run.config.transfer), "takes": self.takes,
            "grid": self.grid, **parts_of_run(self.run),
        }  # fmt: skip

    def make(self, bench: Bench, initial: Weights | None) -> Result:
        """Train the readout on encodings of the source, as any transfer; keep both."""
        assert initial is not None
        splits = bench.experiment.rows
        rows = np.sort(np.concatenate([splits["transfer"], splits["validation"]]))
        values = encode(bench, self.base, initial, self.through, rows)
        one = SourceSet((self.base.name,), [Encodings(rows, values)])
        trained = train_readout(bench, self.through, one, self.run.config.transfer)
        weights = {BASE + name.removeprefix(ENCODER): value for name, value in initial.items()
                   if name.startswith(ENCODER)}  # fmt: skip
        chained = Chained(nn.Identity(), self._cut(trained.network), self._readout.grid, self.grid)
        chained.mean.copy_(trained.mean)
        chained.spread.copy_(trained.spread)
        weights |= {f"{ENCODER}{name}": value for name, value in weights_of(chained).items()}
        facts = {**facts_of(trained.course), "examples": len(bench.examples(self.through, "transfer"))}
        return Result(TrainedSource(self.name, weights, facts))

    def build(self) -> nn.Module:
        """Build the source's encoder and the readout."""
        return self._chained(self.base.build())

    def encoder(self, weights: Weights) -> nn.Module:
        """Build the frozen encoder from recorded weights."""
        base = {ENCODER + name.removeprefix(BASE): v for name, v in weights.items() if name.startswith(BASE)}
        rest = {name.removeprefix(ENCODER): torch.from_numpy(value) for name, value in weights.items()
                if not name.startswith(BASE)}  # fmt: skip
        chained = self._chained(nn.Identity())
        chained.load_state_dict(rest)
        chained.base = self.base.encoder(base)
        return chained.eval().requires_grad_(False)

    @property
    def architecture(self) -> Hashable:
        """Those of the source and of the readout."""
        return self.kind, self.base.architecture, self.through.name, self.takes, self.grid

    @property
    def blueprint(self) -> EncoderBlueprint:
        """Its encoder, to be weighed and timed."""
        base = self.base.blueprint
        counted = None if base.multiply_adds is None else base.multiply_adds + operations(self._readout) // 2
        return EncoderBlueprint(
            self.architecture, base.size, self.precision, self.build, base.counting_device, counted
        )

    def work(self, counts: Counts) -> Work:
        """Return what training the readout takes."""
        settings, name = self.run.config.transfer, self.through.name
        batch = min(settings.batch, counts.examples[name, "transfer"])
        scored = settings.checkpoints * counts.examples[name, "validation"]
        return Work(self._readout, settings.updates, batch, scored, Reads.LABELS, name)

    @property
    def _readout(self) -> ReadoutBlueprint:
        output = self.through.output
        assert output is not None
        output = output.with_classes(STAND_IN) if output.lacks_classes else output
        model = self.run.config.model.model_copy(update={"weights": None})
        return ReadoutBlueprint(
            output, self.through.loss, self.run.size, self.run.config.transfer, 1, (self.base.shape,), model
        )

    def _chained(self, base: nn.Module) -> Chained:
        return Chained(base, self._cut(self._readout.build()), self._readout.grid, self.grid)

    def _cut(self, readout: Readout) -> nn.Module:
        body = nn.Sequential(readout.transfer, readout.decoder)
        return body if self.takes == "output" else BeforeLast(body)


def _require_end(run: Outline, name: str, key: str) -> None:
    """Refuse a chain that leads back to itself."""
    declared, passed = run.config.sources.declared, [name]
    while declared.get(passed[-1], {}).get("kind") == ChainSource.kind:
        after = str(declared[passed[-1]].get("source"))
        if after in passed:
            raise SourceError(f"{key}.source: the chain {' → '.join([*passed, after])} never ends")
        passed.append(after)


def _task(run: Outline, options: ChainSource.Options, key: str) -> Task:
    """Return the task of the readout."""
    task = run.tasks.get(options.through)
    if task is None or "target" not in task.roles:
        targets = ", ".join(t.name for t in run.tasks.values() if "target" in t.roles)
        raise SourceError(f"{key}.through: the run has no target {options.through!r}; there are {targets}")
    if task.images != 1 or task.output is None:
        raise SourceError(f"{key}.through: {task.name} is about {task.images} images; choose a task of one")
    if options.takes == "output" and task.output.lacks_classes:
        raise SourceError(f"{key}.takes: how many classes {task.name} has is not known before; take hidden")
    return task
