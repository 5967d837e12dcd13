"""What goes into an encoder and what comes out of it. Nothing here imports torch."""

from dataclasses import dataclass

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class EncodingShape:
    """The shape of an encoding, without the axis of images.

    Attributes
    ----------
    channels, rows, columns
        Of the map that stands for one image.
    """

    channels: int
    rows: int
    columns: int

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @property
    def values(self) -> int:
        """How many numbers an encoding has."""
        return self.channels * self.rows * self.columns


@dataclass(frozen=True)
class ImageFormat:
    """What an image must look like for an encoder: x becomes (x·top − mean) / spread, x in [0, 1].

    Attributes
    ----------
    size
        Height and width, pixels; images of another size are resampled.
    top
        The value of white: 1, or 255.
    mean, spread
        Per channel (red, green, blue), in units of `top`.
    """

    size: tuple[int, int]
    top: float = 1.0
    mean: Triple = (0.0, 0.0, 0.0)
    spread: Triple = (1.0, 1.0, 1.0)
