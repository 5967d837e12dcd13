"""The Output contract: what a kind of prediction needs of networks, labels and pictures."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

    from taskaffinity.models.decoders import Decoder
    from taskaffinity.plots.paint import Painting
    from taskaffinity.tasks.contract import Task
    from taskaffinity.training.losses import Truth


@dataclass(frozen=True)
class DecoderPlace:
    """Where a decoder stands: between maps of encodings and predictions for an image.

    Attributes
    ----------
    channels
        Channels of the maps, those of all images of an example together.
    grid, image
        Rows and columns of the maps and of the image.
    width
        Channels inside the decoder.
    """

    channels: int
    grid: tuple[int, int]
    image: tuple[int, int]
    width: int

    @property
    def upsampling(self) -> int:
        """Rows of the image for one row of the maps."""
        return self.image[0] // self.grid[0]

    @property
    def pixels(self) -> int:
        """Pixels of one map."""
        return self.grid[0] * self.grid[1]


class Output(ABC):
    """The kind and size of a prediction. A subclass is a frozen dataclass, and says all about its kind.

    Outputs are described where torch is not installed: methods that need it import it when they are called.

    Attributes
    ----------
    per_pixel
        Whether there is a prediction for each pixel, and the label is valid or not pixel by pixel.
    has_scale
        Whether predictions are in the units of the label. Networks then work in units in which labels have
        mean 0 and spread 1; logits and embeddings are left as they are.
    compares_images
        Whether the loss of an image depends on the others of its batch.
    """

    per_pixel: ClassVar[bool]
    has_scale: ClassVar[bool] = False
    compares_images: ClassVar[bool] = False

    @abstractmethod
    def decoder(self, place: DecoderPlace) -> "Decoder":
        """Build the decoder, untrained: from maps (N, channels, rows, columns) to predictions."""

    @abstractmethod
    def random_truth(self, prediction: tuple[int, ...], image: tuple[int, int], count: int) -> "Truth":
        """Draw labels to time a network with, all of them valid.

        Parameters
        ----------
        prediction
            The shape of one prediction, without the axis of examples.
        image
            Rows and columns of the image.
        count
            How many examples.
        """

    @abstractmethod
    def painting(
        self, task: "Task", value: np.ndarray, valid: np.ndarray, classes: Sequence[str]
    ) -> "Painting":
        """Choose how labels, and what is kept of predictions, are drawn.

        Parameters
        ----------
        task
            The task.
        value, valid
            The labels of all images shown, with the batch axis first; see `taskaffinity.tasks.Label`.
        classes
            Names of classes, where the data has any.
        """

    def kept(self, prediction: "Tensor") -> np.ndarray:
        """Reduce predictions of a few examples, (N, ...) on the processor, to what a picture needs."""
        return prediction.float().numpy()

    def known(self, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return labels of whole images, (N, ...), without what is not finite, and which are valid: (N,)."""
        return np.nan_to_num(value), np.isfinite(value).reshape(len(value), -1).all(axis=1)

    @property
    def label_stride(self) -> int:
        """Pixels of the image, along a side, for one of the label."""
        return 1

    @property
    def signed_values(self) -> int:
        """How many channels or dimensions have a sign that mirroring an image may turn."""
        return 0

    @property
    def lacks_classes(self) -> bool:
        """Whether the data has to say how many classes there are."""
        return False

    def with_classes(self, count: int) -> "Output":
        """Return the output for so many classes, where it lacks them."""
        return self

    def fits_images(self, count: int) -> bool:
        """Tell whether it can be asked of a transform that makes so many images."""
        return True
