"""The data sections of a configuration, one a kind of data.

A section says all about its kind: its keys, the channels it can provide, and how it is read. A new kind is
one class and one entry of `KINDS`. The kind ``domains`` is made of these; it is in `config.domains`.
"""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Union, get_args

from pydantic import Discriminator, Field, Tag

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


def by_name(kinds: tuple[type[DataSection], ...]) -> dict[str, type[DataSection]]:
    """Return kinds by their names."""
    return {name: kind for kind in kinds for name in get_args(kind.model_fields["kind"].annotation)}


def data_kind(value: Any) -> str:
    """Return the kind that a data section asks for, given as plain values or validated."""
    kind = value.get("kind", "rooms") if isinstance(value, Mapping) else getattr(value, "kind", "")
    return str(kind)


def one_of(kinds: tuple[type[DataSection], ...]) -> Any:
    """Make the annotation of a key that takes a section of one of some kinds."""
    sections = by_name(kinds)
    return Annotated[
        Union[tuple(Annotated[section, Tag(name)] for name, section in sections.items())],  # noqa: UP007
        Discriminator(
            data_kind,
            custom_error_type="unknown_kind",
            custom_error_message=f"unknown kind of data; there are {', '.join(sections)}",
        ),
    ]
