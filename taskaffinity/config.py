"""The whole run as one validated model: everything that changes a result, seeds included.

A configuration is YAML with the keys of `Config`. Keys that are left out take the defaults written here.
Paths are taken from the working directory.
"""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from taskaffinity.errors import ConfigError

SCHEMA_VERSION: Literal[1] = 1
RECORDED = "packages"  # a run folder's config records versions under this key; they are not read back


def _whole(value: Any) -> Any:
    """Refuse what pydantic would quietly turn into a whole number: true, "5", 5.0."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"must be a whole number, got {value!r}")
    return value


def _number(value: Any) -> Any:
    """Refuse a truth value where a number is wanted; text is let by, for YAML reads 1e-3 as text."""
    if isinstance(value, bool):
        raise ValueError(f"must be a number, got {value!r}")
    return value


Int = Annotated[int, BeforeValidator(_whole)]
Float = Annotated[float, BeforeValidator(_number)]
PositiveInt = Annotated[Int, Field(ge=1)]
Share = Annotated[Float, Field(ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RoomsData(_Section):
    """The embedded default: procedural indoor scenes."""

    kind: Literal["rooms"] = "rooms"
    scenes: PositiveInt = Field(500, description="how many rooms")
    views: Annotated[Int, Field(ge=2)] = Field(8, description="views of each room")
    size: Annotated[Int, Field(ge=32, le=1024, multiple_of=16)] = Field(
        64, description="side of the image, pixels"
    )
    seed: Annotated[Int, Field(ge=0)] = Field(0, description="seed of the rooms")


class RgbdData(_Section):
    """A folder of RGB-D frames with poses (7-Scenes and TSDF-fusion style)."""

    kind: Literal["rgbd"]
    path: Path = Field(description="the folder of frames")
    size: Annotated[Int, Field(ge=32, le=1024, multiple_of=16)] = Field(
        64, description="side of the image, pixels"
    )
    crops: PositiveInt = Field(3, description="square windows taken from each frame, left to right")
    stretch: PositiveInt = Field(10, description="frames in one stretch of time, the scene of a sequence")
    gap: Annotated[Int, Field(ge=0)] = Field(3, description="frames left out between two stretches")


class ImagesData(_Section):
    """A folder of images; sub-folders, if any, are classes."""

    kind: Literal["images"]
    path: Path = Field(description="the folder of images")
    size: Annotated[Int, Field(ge=32, le=1024, multiple_of=16)] = Field(
        64, description="side of the image, pixels"
    )
    classes: Literal["object", "scene"] = Field("object", description="what the sub-folders are classes of")


class TaskonomyData(_Section):
    """Taskonomy's public data, or any in its layout."""

    kind: Literal["taskonomy"]
    path: Path = Field(description="the root of the domains or of the buildings")
    size: Annotated[Int, Field(ge=32, le=1024, multiple_of=16)] = Field(
        64, description="side of the image, pixels"
    )
    splits: Path | None = Field(
        None, description="a CSV id,train,val,test of buildings; without it, splits are drawn by their shares"
    )
    least_coverage: Share = Field(
        0.5, description="a label with files for fewer of the images is derived, where it can be for more"
    )
    field_of_view: Annotated[Float, Field(gt=0, lt=180)] = Field(
        61.2, description="degrees, for images whose files do not tell it; the default is Taskonomy's mean"
    )


# Every kind of data; a new one is added here and to `Data`.
DATA_SECTIONS: dict[str, type[_Section]] = {
    "rooms": RoomsData, "rgbd": RgbdData, "images": ImagesData, "taskonomy": TaskonomyData,
}  # fmt: skip


def _data_kind(value: Any) -> str:
    kind = value.get("kind", "rooms") if isinstance(value, Mapping) else getattr(value, "kind", "")
    return str(kind)


Data = Annotated[
    Annotated[RoomsData, Tag("rooms")]
    | Annotated[RgbdData, Tag("rgbd")]
    | Annotated[ImagesData, Tag("images")]
    | Annotated[TaskonomyData, Tag("taskonomy")],
    Discriminator(
        _data_kind,
        custom_error_type="unknown_kind",
        custom_error_message=f"unknown kind of data; there are {', '.join(DATA_SECTIONS)}",
    ),
]


class Splits(_Section):
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


class Tasks(_Section):
    """Which tasks take part."""

    names: list[str] | None = Field(
        None, description="these tasks only; all that the data carries when left out"
    )
    exclude: list[str] = Field(default_factory=list, description="tasks to leave out")
    folders: list[Path] = Field(default_factory=list, description="folders of your own task files")


class Model(_Section):
    """The one encoder architecture and the decoders."""

    encoder: Literal["small", "resnet18", "resnet50"] = Field(
        "small", description="the encoder's architecture"
    )
    width: PositiveInt = Field(32, description="channels after the stem of the small encoder")
    channels: PositiveInt = Field(8, description="channels of the representation")
    decoder_width: Annotated[Int, Field(ge=8, multiple_of=4)] = Field(
        64, description="channels inside decoders"
    )


class Optimiser(_Section):
    """One training loop's settings; AdamW with a warm-up and a cosine."""

    updates: PositiveInt = Field(description="optimiser steps")
    batch: PositiveInt = Field(description="examples in a step")
    learning_rate: Annotated[Float, Field(gt=0)] = Field(0.002, description="peak learning rate")
    weight_decay: Annotated[Float, Field(ge=0)] = Field(0.01, description="decoupled weight decay")
    warmup: Annotated[Float, Field(ge=0, lt=1)] = Field(0.1, description="share of the updates that warm up")
    checkpoints: PositiveInt = Field(4, description="how often validation looks for the best checkpoint")
    precision: Literal["auto", "bf16", "fp32"] = Field(
        "auto", description="auto is bf16 where the processor or GPU multiplies it natively"
    )


class OwnNetwork(Optimiser):
    """How a whole network, encoder and decoder, is trained on images."""

    jitter: Share = Field(
        0.4,
        description="photometric jitter of training images where labels do not depend on colour; 0 for none",
    )


class Source(OwnNetwork):
    """How a task's own network is trained on the source split."""

    updates: PositiveInt = Field(450, description="optimiser steps")
    batch: PositiveInt = Field(32, description="examples in a step")
    checkpoints: PositiveInt = Field(6, description="how often validation looks for the best checkpoint")


class Scratch(OwnNetwork):
    """How the same network is trained from scratch on the transfer split (the reference of gain)."""

    updates: PositiveInt = Field(80, description="optimiser steps")
    batch: PositiveInt = Field(32, description="examples in a step")


class Transfer(Optimiser):
    """How a readout is trained on frozen encodings of the transfer split."""

    updates: PositiveInt = Field(100, description="optimiser steps")
    batch: PositiveInt = Field(32, description="examples in a step")
    images: PositiveInt | None = Field(
        None, description="examples of the transfer split to use; all when left out"
    )
    orders: list[PositiveInt] = Field(
        default_factory=lambda: [1], description="orders to measure; those above 1 are planned from the first"
    )


class Executor(_Section):
    """Where jobs run; nothing here changes a result."""

    kind: Literal["local", "ray"] = Field("local", description="local workers, or a Ray cluster")
    workers: PositiveInt | None = Field(
        None, description="worker processes; one per GPU, or per core, when left out"
    )
    device: str = Field("auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$", description="auto, cpu, cuda or cuda:N")
    retries: Annotated[Int, Field(ge=0)] = Field(
        2, description="how often a job whose worker died is run again"
    )
    address: str | None = Field(
        None,
        description="Ray: address of the cluster, or auto; a Ray of its own on this machine when left out",
    )
    gpus_per_worker: Annotated[Float, Field(gt=0)] = Field(
        1.0, description="Ray: GPUs of each worker; 0.25 puts four on one GPU"
    )
    num_gpus: Annotated[Int, Field(ge=0)] | None = Field(
        None, description="Ray without an address: GPUs it counts with; those that are there when left out"
    )


class Taxonomy(_Section):
    """What is solved at the end of a run."""

    budgets: list[PositiveInt] | None = Field(
        None, description="supervision budgets; 1 to all sources when left out"
    )
    objective: Literal["affinity", "sqrt", "gain", "quality"] = Field(
        "affinity", description="what is maximised"
    )


class Report(_Section):
    """What is kept for the pictures of the report."""

    examples: Annotated[Int, Field(ge=1, le=16)] = Field(4, description="test images shown side by side")


class Config(_Section):
    """A run."""

    version: Literal[1] = Field(SCHEMA_VERSION, description="version of this schema")
    seed: Annotated[Int, Field(ge=0)] = Field(0, description="seed of weights, batches and transforms")
    data: Data = Field(default_factory=RoomsData, description="the data set")
    splits: Splits = Field(default_factory=Splits)
    tasks: Tasks = Field(default_factory=Tasks)
    model: Model = Field(default_factory=Model)
    source: Source = Field(default_factory=Source)
    scratch: Scratch = Field(default_factory=Scratch)
    transfer: Transfer = Field(default_factory=Transfer)
    executor: Executor = Field(default_factory=Executor)
    taxonomy: Taxonomy = Field(default_factory=Taxonomy)
    report: Report = Field(default_factory=Report)

    def dump(self) -> dict[str, Any]:
        """Return the resolved configuration as plain values, every default written out."""
        return self.model_dump(mode="json")


def load(path: Path | None = None, overrides: Iterable[str] = ()) -> Config:
    """Read and validate a configuration.

    Parameters
    ----------
    path
        A YAML file; all defaults when left out.
    overrides
        ``key.path=value`` settings that win over the file; values are YAML.

    Raises
    ------
    ConfigError
        Every fault that was found, each with the path of its key.
    """
    content = _read(path) if path else {}
    for override in overrides:
        _set(content, override)
    return parse(content, str(path) if path else "config")


def parse(content: Mapping[str, Any], origin: str = "config") -> Config:
    """Validate plain values as a configuration; all faults are reported at once."""
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        raise ConfigError([_describe(fault) for fault in error.errors()], origin) from None


class _Loader(yaml.SafeLoader):
    """YAML in which a key that is given twice is a fault, not a quiet choice of the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for position, key in enumerate(keys) if key in keys[:position]), None)
        if twice is not None:
            raise yaml.YAMLError(f"the key {twice!r} is given twice{node.start_mark}")
        return super().construct_mapping(node, deep)


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ConfigError(["no such file; give a YAML config, or none for the default run"], str(path))
    try:
        content = yaml.load(path.read_text("utf-8"), _Loader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError([f"not YAML: {' '.join(str(error).split())}"], str(path)) from None
    except OSError as error:
        raise ConfigError([f"cannot be read ({error.strerror})"], str(path)) from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(["must be a mapping of keys to values"], str(path))
    # A section whose keys are all commented out is empty, and takes the defaults.
    return {key: value for key, value in content.items() if key != RECORDED and value is not None}


def _set(content: dict[str, Any], override: str) -> None:
    key, separator, value = override.partition("=")
    parts = key.strip().split(".")
    if not separator or not all(parts):
        raise ConfigError([f"--set takes KEY=VALUE, as in --set data.path=frames; got {override!r}"])
    *parents, leaf = parts
    node = content
    for parent in parents:
        node = node.setdefault(parent, {})
        if not isinstance(node, dict):
            raise ConfigError([f"{key}: {parent} is a value, it has no keys below it"])
    try:
        node[leaf] = yaml.safe_load(value)
    except yaml.YAMLError:
        raise ConfigError([f"{key}: {value!r} is not a YAML value"]) from None


def _describe(fault: Any) -> str:
    """Say one fault in one line: the path of its key, what is wrong, and what was given."""
    kinds, path = _without_tag([str(part) for part in fault["loc"]])
    key = ".".join(path) or "config"
    match fault["type"]:
        case "extra_forbidden":
            return f"{key}: unknown key{_nearest(path, kinds)}"
        case "missing":
            return f"{key}: is needed; set it in the file or with --set {key}=..."
        case "value_error":
            return f"{key}: {fault['ctx']['error']}"
        case "unknown_kind":
            return f"{key}.kind: {fault['msg']}, got {_data_kind(fault['input'])!r}"
        case "model_type":
            return f"{key}: must be a mapping of keys to values, got {fault['input']!r}"
    said = fault["msg"].replace("Input should", "must", 1)
    return f"{key}: {said[0].lower()}{said[1:]}, got {fault['input']!r}"


def _without_tag(path: list[str]) -> tuple[list[type[BaseModel]], list[str]]:
    """Take the kind of data that pydantic puts into a path out of it; return its section and the path."""
    if path[:1] == ["data"] and len(path) > 1 and path[1] in DATA_SECTIONS:
        return [DATA_SECTIONS[path[1]]], [path[0], *path[2:]]
    return list(DATA_SECTIONS.values()), path


def _nearest(path: list[str], kinds: list[type[BaseModel]]) -> str:
    """Say which known key is near an unknown one, or which keys there are."""
    *parents, leaf = path
    sections: list[type[BaseModel]] = [Config]
    for parent in parents:
        sections = kinds if parent == "data" else [s for inner in sections for s in _below(inner, parent)]
    known = sorted({name for section in sections for name in section.model_fields})
    near = get_close_matches(leaf, known, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there are {', '.join(known)}" if known else ""


def _below(section: type[BaseModel], key: str) -> list[type[BaseModel]]:
    found = section.model_fields.get(key)
    annotation = found.annotation if found else None
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []
