"""The data sections of a configuration, one a kind of data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from taskaffinity.config.base import Float, Int, PositiveInt, Section, Share


class RoomsData(Section):
    """The embedded default: procedural indoor scenes."""

    kind: Literal["rooms"] = "rooms"
    scenes: PositiveInt = Field(1200, description="how many rooms")
    views: Annotated[Int, Field(ge=2)] = Field(5, description="views of each room")
    size: Annotated[Int, Field(ge=32, le=1024, multiple_of=16)] = Field(
        64, description="side of the image, pixels"
    )
    seed: Annotated[Int, Field(ge=0)] = Field(0, description="seed of the rooms")


class RgbdData(Section):
    """A folder of RGB-D frames with poses (7-Scenes and TSDF-fusion style)."""

    kind: Literal["rgbd"]
    path: Path = Field(description="the folder of frames")
    size: Annotated[Int, Field(ge=32, le=1024, multiple_of=16)] = Field(
        64, description="side of the image, pixels"
    )
    crops: PositiveInt = Field(3, description="square windows taken from each frame, left to right")
    stretch: PositiveInt = Field(10, description="frames in one stretch of time, the scene of a sequence")
    gap: Annotated[Int, Field(ge=0)] = Field(3, description="frames left out between two stretches")


class ImagesData(Section):
    """A folder of images; sub-folders, if any, are classes."""

    kind: Literal["images"]
    path: Path = Field(description="the folder of images")
    size: Annotated[Int, Field(ge=32, le=1024, multiple_of=16)] = Field(
        64, description="side of the image, pixels"
    )
    classes: Literal["object", "scene"] = Field("object", description="what the sub-folders are classes of")


class TaskonomyData(Section):
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
DATA_SECTIONS: dict[str, type[Section]] = {
    "rooms": RoomsData, "rgbd": RgbdData, "images": ImagesData, "taskonomy": TaskonomyData,
}  # fmt: skip


def data_kind(value: Any) -> str:
    """Return the kind that a data section asks for, given as plain values or validated."""
    kind = value.get("kind", "rooms") if isinstance(value, Mapping) else getattr(value, "kind", "")
    return str(kind)


Data = Annotated[
    Annotated[RoomsData, Tag("rooms")]
    | Annotated[RgbdData, Tag("rgbd")]
    | Annotated[ImagesData, Tag("images")]
    | Annotated[TaskonomyData, Tag("taskonomy")],
    Discriminator(
        data_kind,
        custom_error_type="unknown_kind",
        custom_error_message=f"unknown kind of data; there are {', '.join(DATA_SECTIONS)}",
    ),
]
