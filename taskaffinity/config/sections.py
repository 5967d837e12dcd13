"""A run as one validated model: everything that changes a result, seeds included."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from taskaffinity.config.adaptation import Adaptation
from taskaffinity.config.base import Float, Int, PositiveInt, Section, Share
from taskaffinity.config.data import RoomsData
from taskaffinity.config.domains import Data

SCHEMA_VERSION: Literal[1] = 1

AdamRate = Annotated[
    Float,
    Field(gt=0, description="peak learning rate of AdamW, for all but the kernels of convolutions"),
]
MuonRate = Annotated[
    Float,
    Field(
        ge=0, description="peak learning rate of Muon, for kernels of convolutions; 0 leaves them to AdamW"
    ),
]


class Splits(Section):
    """Shares of the scenes, each named after what it is for; they are disjoint and sum to 1."""

    source: Share = Field(0.70, description="trains the encoders")
    transfer: Share = Field(0.10, description="trains the readouts; small on purpose")
    validation: Share = Field(0.08, description="picks checkpoints")
    test: Share = Field(0.12, description="the tournament; nothing is ever chosen on it")
    seed: Annotated[Int, Field(ge=0)] = Field(0, description="seed of the draw")

    @property
    def shares(self) -> dict[str, float]:
        """The share of each split, by name."""
        return {name: getattr(self, name) for name in ("source", "transfer", "validation", "test")}

    @model_validator(mode="after")
    def _sum_to_one(self) -> "Splits":
        total = sum(self.shares.values())
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the four shares must sum to 1, not {total:g}")
        if min(self.shares.values()) <= 0:
            raise ValueError("every split needs a share above 0")
        return self


class Tasks(Section):
    """Which tasks take part."""

    names: list[str] | None = Field(
        None, description="these tasks only; all that the data carries when left out"
    )
    exclude: list[str] = Field(default_factory=list, description="tasks to leave out")
    folders: list[Path] = Field(default_factory=list, description="folders of your own task files")


class Sources(Section):
    """Sources besides the own networks of tasks and the random projection."""

    declared: dict[str, dict[str, Any]] = Field(
        default_factory=dict,
        description="sources by name, each with its `kind` and the keys that this kind takes",
    )
    folders: list[Path] = Field(
        default_factory=list, description="folders of your own kinds of sources, one file a kind"
    )


class Model(Section):
    """The encoder of the sources that are trained, and the decoders."""

    encoder: Literal["small", "resnet18", "resnet50"] = Field(
        "small", description="the encoder's architecture"
    )
    weights: str | None = Field(
        None,
        description="what the encoders of sources start from: the path of a checkpoint, torchvision:NAME or "
        "timm:NAME; random weights when left out",
    )
    width: PositiveInt = Field(32, description="channels after the stem of the small encoder")
    channels: PositiveInt = Field(
        8, description="channels of the representation, and of what a readout makes of any encoding"
    )
    decoder_width: Annotated[Int, Field(ge=8, multiple_of=4)] = Field(
        64, description="channels inside decoders"
    )


class Optimiser(Section):
    """One training loop's settings; Muon and AdamW, with a warm-up and a linear decay."""

    updates: PositiveInt = Field(description="optimiser steps")
    batch: PositiveInt = Field(description="examples in a step")
    learning_rate: AdamRate = 0.002
    muon_rate: MuonRate = 0.05
    weight_decay: Annotated[Float, Field(ge=0)] = Field(0.01, description="decoupled weight decay")
    warmup: Annotated[Float, Field(ge=0, lt=1)] = Field(0.05, description="share of the updates that warm up")
    checkpoints: PositiveInt = Field(2, description="how often validation looks for the best checkpoint")
    precision: Literal["auto", "bf16", "fp32"] = Field(
        "auto", description="auto is bf16 where the processor or GPU multiplies it natively"
    )


class OwnNetwork(Optimiser):
    """How a whole network, encoder and decoder, is trained on images."""

    learning_rate: AdamRate = 0.003
    weight_decay: Annotated[Float, Field(ge=0)] = Field(0.1, description="decoupled weight decay")
    jitter: Share = Field(
        0.15,
        description="photometric jitter of training images where labels do not depend on colour; 0 for none",
    )
    mirror: bool = Field(
        True, description="whether half of the training examples are mirrored, where the task says how"
    )


class SourceSettings(OwnNetwork):
    """How a task's own network is trained on the source split."""

    updates: PositiveInt = Field(650, description="optimiser steps")
    batch: PositiveInt = Field(32, description="examples in a step")
    checkpoints: PositiveInt = Field(6, description="how often validation looks for the best checkpoint")


class ScratchSettings(OwnNetwork):
    """How the same network is trained from scratch on the transfer split (the reference of gain)."""

    updates: PositiveInt = Field(120, description="optimiser steps")
    batch: PositiveInt = Field(16, description="examples in a step")


class TransferSettings(Optimiser):
    """How a readout is trained on frozen encodings of the transfer split."""

    updates: PositiveInt = Field(120, description="optimiser steps")
    batch: PositiveInt = Field(16, description="examples in a step")
    images: PositiveInt | None = Field(
        None, description="examples of the transfer split to use; all when left out"
    )
    orders: list[PositiveInt] = Field(
        default_factory=lambda: [1], description="orders to measure; those above 1 are planned from the first"
    )
    measure: Literal["all", "auto"] | Annotated[Float, Field(gt=0, le=1)] = Field(
        "all",
        description="which transfers to measure: all, a share such as 0.25, or auto, which ends where the "
        "plans are expected to lose less than `regret`; the others are predicted",
    )
    regret: Annotated[Float, Field(gt=0, lt=1)] = Field(
        0.01, description="auto: expected loss of every plan, as a share of its objective, at which to end"
    )


class ExecutorSettings(Section):
    """Where jobs run; nothing here changes a result."""

    kind: Literal["local", "ray"] = Field("local", description="local workers, or a Ray cluster")
    workers: PositiveInt | None = Field(
        None, description="worker processes; one per GPU, or per core, when left out"
    )
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:N")
    retries: Annotated[Int, Field(ge=0)] = Field(
        2, description="how often a job whose worker died is run again"
    )
    bundle: PositiveInt | None = Field(
        None,
        description="how many readouts of one target a worker trains side by side, at most; "
        "8, or 32 on a GPU, when left out",
    )
    address: str | None = Field(
        None,
        description="Ray: address of the cluster, or auto; a Ray of its own on this machine when left out",
    )
    gpus_per_worker: Annotated[Float, Field(gt=0)] = Field(
        0.25, description="share of a GPU, and of its memory, that a worker gets; 0.25 puts four on one GPU"
    )
    num_gpus: Annotated[Int, Field(ge=0)] | None = Field(
        None, description="Ray without an address: GPUs it counts with; those that are there when left out"
    )


class TaxonomySettings(Section):
    """What is solved at the end of a run."""

    budgets: list[PositiveInt] | None = Field(
        None, description="supervision budgets; 1 to all sources when left out"
    )
    objective: Literal["affinity", "sqrt", "gain", "quality"] = Field(
        "affinity", description="what is maximised"
    )


class ReportSettings(Section):
    """What is kept for the pictures of the report."""

    examples: Annotated[Int, Field(ge=1, le=16)] = Field(4, description="test images shown side by side")


class Config(Section):
    """A run."""

    version: Literal[1] = Field(SCHEMA_VERSION, description="version of this schema")
    seed: Annotated[Int, Field(ge=0)] = Field(0, description="seed of weights, batches and transforms")
    data: Data = Field(default_factory=RoomsData, description="the data set")
    splits: Splits = Field(default_factory=Splits)
    tasks: Tasks = Field(default_factory=Tasks)
    sources: Sources = Field(default_factory=Sources)
    adaptation: Adaptation = Field(default_factory=Adaptation)
    model: Model = Field(default_factory=Model)
    source: SourceSettings = Field(default_factory=SourceSettings)
    scratch: ScratchSettings = Field(default_factory=ScratchSettings)
    transfer: TransferSettings = Field(default_factory=TransferSettings)
    executor: ExecutorSettings = Field(default_factory=ExecutorSettings)
    taxonomy: TaxonomySettings = Field(default_factory=TaxonomySettings)
    report: ReportSettings = Field(default_factory=ReportSettings)

    def dump(self) -> dict[str, Any]:
        """Return the resolved configuration as plain values, every default written out."""
        return self.model_dump(mode="json")
