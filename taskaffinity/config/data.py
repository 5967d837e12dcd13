"""The data sections of a configuration, one a kind of data.

A section says all about its kind: its keys, the channels it can provide, and how it is read. A new kind is
one class and one entry of `KINDS`. The kind `domains` is made of sections of the others.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union, get_args

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from taskaffinity.config.base import Float, Int, PositiveInt, Section, Share

if TYPE_CHECKING:
    from taskaffinity.data.reader import Reader


class DataSection(Section):
    """What every kind of data has in common.

    Attributes
    ----------
    can_provide
        The channels that data of this kind can have; what a reader really has may be less.
    kind
        Its name.
    size
        Side of the images, pixels.
    """

    can_provide: ClassVar[frozenset[str]]
    if TYPE_CHECKING:  # each kind declares these with a description and bounds of its own
        kind: str
        size: int

    @property
    def side(self) -> int:
        """Side of the images, pixels; the key `size` where a kind has one."""
        return self.size

    @property
    def label_costs(self) -> Mapping[str, float]:
        """What the labels of domains cost, by domain; empty where there are none."""
        return {}

    @abstractmethod
    def reader(self) -> "Reader":
        """Build the reader; what it needs is imported here."""


class RoomsData(DataSection):
    """The embedded default: procedural indoor scenes."""

    can_provide: ClassVar[frozenset[str]] = frozenset({
        "rgb", "depth", "normal", "semantic", "instance", "object_class", "scene_class", "pose", "intrinsics",
        "manhattan", "room",
    })  # fmt: skip
    kind: Literal["rooms"] = "rooms"
    scenes: PositiveInt = Field(1200, description="how many rooms")
    views: Annotated[Int, Field(ge=2)] = Field(5, description="views of each room")
    size: Annotated[Int, Field(ge=32, le=1024, multiple_of=16)] = Field(
        64, description="side of the image, pixels"
    )
    seed: Annotated[Int, Field(ge=0)] = Field(0, description="seed of the rooms")

    def reader(self) -> "Reader":
        """Render the rooms."""
        from taskaffinity.data.rooms import RoomsReader

        return RoomsReader(self.scenes, self.views, self.size, self.seed)


class RgbdData(DataSection):
    """A folder of RGB-D frames with poses (7-Scenes and TSDF-fusion style)."""

    can_provide: ClassVar[frozenset[str]] = frozenset({"rgb", "depth", "pose", "intrinsics", "time"})
    kind: Literal["rgbd"]
    path: Path = Field(description="the folder of frames")
    size: Annotated[Int, Field(ge=32, le=1024, multiple_of=16)] = Field(
        64, description="side of the image, pixels"
    )
    crops: PositiveInt = Field(3, description="square windows taken from each frame, left to right")
    stretch: PositiveInt = Field(10, description="frames in one stretch of time, the scene of a sequence")
    gap: Annotated[Int, Field(ge=0)] = Field(3, description="frames left out between two stretches")

    def reader(self) -> "Reader":
        """Read the frames."""
        from taskaffinity.data.rgbd import RgbdReader

        return RgbdReader(self.path, self.size, self.crops, self.stretch, self.gap)


class ImagesData(DataSection):
    """A folder of images; sub-folders, if any, are classes."""

    can_provide: ClassVar[frozenset[str]] = frozenset({"rgb", "object_class", "scene_class"})
    kind: Literal["images"]
    path: Path = Field(description="the folder of images")
    size: Annotated[Int, Field(ge=32, le=1024, multiple_of=16)] = Field(
        64, description="side of the image, pixels"
    )
    classes: Literal["object", "scene"] = Field("object", description="what the sub-folders are classes of")

    def reader(self) -> "Reader":
        """Read the images."""
        from taskaffinity.data.images import ImagesReader

        return ImagesReader(self.path, self.size, self.classes)


class TaskonomyData(DataSection):
    """Taskonomy's public data, or any in its layout."""

    can_provide: ClassVar[frozenset[str]] = frozenset({
        "rgb", "depth", "depth_euclidean", "normal", "principal_curvature", "edge_texture", "edge_occlusion",
        "keypoints2d", "keypoints3d", "reshading", "semantic", "segment_unsup2d", "segment_unsup25d",
        "object_class", "scene_class", "pose", "intrinsics", "manhattan", "room",
    })  # fmt: skip
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

    def reader(self) -> "Reader":
        """Read the tree."""
        from taskaffinity.data.taskonomy import TaskonomyReader

        return TaskonomyReader(self.path, self.size, self.splits, self.least_coverage, self.field_of_view)


KINDS: tuple[type[DataSection], ...] = (RoomsData, RgbdData, ImagesData, TaskonomyData)


def _by_name(kinds: tuple[type[DataSection], ...]) -> dict[str, type[DataSection]]:
    return {name: kind for kind in kinds for name in get_args(kind.model_fields["kind"].annotation)}


def data_kind(value: Any) -> str:
    """Return the kind that a data section asks for, given as plain values or validated."""
    kind = value.get("kind", "rooms") if isinstance(value, Mapping) else getattr(value, "kind", "")
    return str(kind)


def _one_of(kinds: tuple[type[DataSection], ...]) -> Any:
    """Make the annotation of a key that takes a section of one of some kinds."""
    sections = _by_name(kinds)
    return Annotated[
        Union[tuple(Annotated[section, Tag(name)] for name, section in sections.items())],  # noqa: UP007
        Discriminator(
            data_kind,
            custom_error_type="unknown_kind",
            custom_error_message=f"unknown kind of data; there are {', '.join(sections)}",
        ),
    ]


if TYPE_CHECKING:
    DomainSection = DataSection
else:
    DomainSection = _one_of(KINDS)


class DomainsData(DataSection):
    """Several data sets, each a domain; or a folder of images whose paths or a table tell their domains."""

    can_provide: ClassVar[frozenset[str]] = frozenset().union(*(kind.can_provide for kind in KINDS))
    kind: Literal["domains"]
    domains: dict[str, DomainSection] = Field(
        default_factory=dict, description="data sections of the other kinds, by the name of the domain"
    )
    of: ImagesData | None = Field(
        None, description="in the place of `domains`: one folder of images, which are of several domains"
    )
    pattern: str | None = Field(
        None,
        description="with `of`: a regular expression on the path of an image below the folder, whose group "
        "`domain` names the domain; without it and without `table`, the first folder does",
    )
    table: Path | None = Field(
        None, description="with `of`: a CSV with the columns `image`, a path below the folder, and `domain`"
    )
    label_cost: dict[str, Float] = Field(
        default_factory=dict,
        description="what labels cost in a domain, by its name: a factor on the cost of the labels of tasks, "
        "1 when left out",
    )

    @field_validator("label_cost")
    @classmethod
    def _not_negative(cls, costs: dict[str, float]) -> dict[str, float]:
        if min(costs.values(), default=0) < 0:
            raise ValueError("costs must not be negative")
        return costs

    @field_validator("domains")
    @classmethod
    def _named(cls, domains: dict[str, DataSection]) -> dict[str, DataSection]:
        for name in domains:
            check_domain(name)
        return domains

    @field_validator("pattern")
    @classmethod
    def _names_a_domain(cls, pattern: str | None) -> str | None:
        try:
            has_group = pattern is None or "domain" in re.compile(pattern).groupindex
        except re.error as error:
            raise ValueError(f"is no regular expression ({error})") from None
        if not has_group:
            raise ValueError("needs a group (?P<domain>...)")
        return pattern

    @model_validator(mode="after")
    def _one_form(self) -> "DomainsData":
        if (self.of is None) == (not self.domains):
            raise ValueError("give either domains or of")
        if self.of is None and (self.pattern or self.table):
            raise ValueError("pattern and table go with of")
        if self.pattern and self.table:
            raise ValueError("give pattern or table, not both")
        if self.domains and len(self.domains) < 2:
            raise ValueError("give at least two domains, or the data section alone")
        sizes = {name: section.size for name, section in self.domains.items()}
        if len(set(sizes.values())) > 1:
            listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
            raise ValueError(f"the images of all domains must have one size, got {listed}")
        return self

    @property
    def side(self) -> int:
        """Side of the images of all domains, pixels."""
        return self.of.size if self.of else next(iter(self.domains.values())).size

    @property
    def label_costs(self) -> Mapping[str, float]:
        """What the labels of domains cost, by domain."""
        return self.label_cost

    def reader(self) -> "Reader":
        """Build the readers of all domains."""
        from taskaffinity.data.domains import DomainsReader, images_by_domain

        if self.of is not None:
            return DomainsReader(images_by_domain(self.of, self.pattern, self.table))
        return DomainsReader({name: section.reader() for name, section in self.domains.items()})


def check_domain(name: str) -> None:
    """Refuse a name that is none for a domain.

    Raises
    ------
    ValueError
        It is not of lower-case letters, digits and single underscores.
    """
    if not name.isidentifier() or name != name.lower() or "__" in name:
        raise ValueError(
            f"{name!r} is no name of a domain; use lower-case letters, digits and single underscores"
        )


DATA_SECTIONS: dict[str, type[DataSection]] = _by_name((*KINDS, DomainsData))

if TYPE_CHECKING:
    Data = DataSection
else:
    Data = _one_of((*KINDS, DomainsData))
