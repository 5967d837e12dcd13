"""Kind ``random``: an encoder that is never trained, the reference that other sources are compared with."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import nn

from taskaffinity.engine.result import Result, TrainedSource
from taskaffinity.models.encoder import encoding_shape, make_encoder
from taskaffinity.models.shapes import EncodingShape
from taskaffinity.names import RANDOM
from taskaffinity.sources import ENCODER, Source, Weights
from taskaffinity.training.bench import Bench
from taskaffinity.training.experiment import Outline
from taskaffinity.training.facts import weights_of
from taskaffinity.training.identity import parts_of_run

TASK = "random_projection"  # the task of the dictionary that asks for it


@dataclass(frozen=True, eq=False)
class RandomSource(Source):
    """The encoder of ``model.encoder``, as it is drawn."""

    kind: ClassVar[str] = "random"

    @classmethod
    def of_run(cls, run: Outline) -> Iterator[Source]:
        """Return one source where the run has the task `TASK`."""
        if task := run.tasks.get(TASK):
            yield cls(run, RANDOM, task.title, task.group)

    @property
    def shape(self) -> EncodingShape:
        """The shape of the encoding of ``model.encoder``."""
        return encoding_shape(self.run.config.model, self.run.size)

    @property
    def parts(self) -> Mapping[str, object]:
        """What every network of the run depends on."""
        return parts_of_run(self.run)

    def make(self, bench: Bench, initial: Weights | None) -> Result:
        """Draw the encoder."""
        bench.seed("weights", RANDOM)
        weights = {f"{ENCODER}{name}": value for name, value in weights_of(self.build()).items()}
        facts = {"diverged": False, "validation": None, "examples": 0}
        return Result(TrainedSource(self.name, weights, facts))

    def build(self) -> nn.Module:
        """Build the encoder that ``model`` describes."""
        return make_encoder(self.run.config.model)

    @property
    def architecture(self) -> Hashable:
        """The model, as for the sources that are trained."""
        return self.run.config.model.model_copy(update={"weights": None})
