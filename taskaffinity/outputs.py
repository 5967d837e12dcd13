"""The kinds of prediction a task can ask for."""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Dense:
    """A map of real values, (N, channels, H, W)."""

    channels: int
    per_pixel: ClassVar[bool] = True


@dataclass(frozen=True)
class PixelClasses:
    """Logits per pixel, (N, classes, H/stride, W/stride)."""

    classes: int
    stride: int = 1
    per_pixel: ClassVar[bool] = True


@dataclass(frozen=True)
class Embedding:
    """A vector per pixel that is near for pixels of one segment, (N, dimensions, H, W)."""

    dimensions: int = 64
    per_pixel: ClassVar[bool] = True


@dataclass(frozen=True)
class Vector:
    """A few real values for the whole image, (N, dimensions)."""

    dimensions: int
    per_pixel: ClassVar[bool] = False


@dataclass(frozen=True)
class Classes:
    """Logits over classes for the whole image, (N, classes).

    ``classes`` is None where the data set says how many there are.
    """

    classes: int | None
    per_pixel: ClassVar[bool] = False


@dataclass(frozen=True)
class Projections:
    """A vector for each image of the example, (N, images, dimensions), by a head that sees one at a time.

    For losses that compare images: a head that saw them all could answer without a representation.
    """

    dimensions: int = 64
    images: int = 2
    per_pixel: ClassVar[bool] = False


Output = Dense | PixelClasses | Embedding | Vector | Classes | Projections
