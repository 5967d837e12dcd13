"""The Origin contract: where a frozen encoder comes from."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import torch
from torch import Tensor, nn

from taskaffinity.errors import InputError
from taskaffinity.models.checkpoints import Checkpoint
from taskaffinity.models.shapes import ImageFormat

Size = tuple[int, int]
Stage = str | int | None


@dataclass(frozen=True)
class Request:
    """What a configuration asks for.

    Attributes
    ----------
    name
        The name of an architecture, or the path of a file.
    stage
        The name of a layer, the stride of a map, or None for the last map or tokens.
    size
        Height and width of the images that it gets; None for the size that the origin knows.
    checkpoint
        The file of its weights; None for those that come with it.
    arguments
        What a Python file is given, as sorted pairs.
    """

    name: str
    stage: Stage = None
    size: Size | None = None
    checkpoint: Checkpoint | None = None
    arguments: tuple[tuple[str, str | int | float | bool], ...] = ()

    @property
    def path(self) -> Path:
        """The file of the encoder.

        Raises
        ------
        InputError
            It is not there.
        """
        path = Path(self.name).expanduser()
        if not path.is_file():
            raise InputError(f"origin: file {path} does not exist")
        return path


@dataclass(frozen=True)
class Origin(ABC):
    """Where an encoder comes from.

    Attributes
    ----------
    counting_device
        Where its operations are counted: ``meta`` where it can be built without its weights. Of the class.
    takes_checkpoint
        Whether weights can be put into it. Of the class.
    request
        What the configuration asks for.
    """

    counting_device: ClassVar[str] = "meta"
    takes_checkpoint: ClassVar[bool] = True

    request: Request

    @abstractmethod
    def image(self) -> ImageFormat | None:
        """Return what an image must look like, as far as the origin knows; None where it does not."""

    @abstractmethod
    def network(self, size: Size) -> nn.Module:
        """Build the network on torch's current device: images (N, 3, H, W) to a map, tokens or a vector."""

    @abstractmethod
    def weights(self, network: nn.Module) -> dict[str, Tensor]:
        """Return the values of parameters and buffers of a network, on the processor; empty for a program."""

    def classifier(self) -> nn.Module | None:
        """Return the whole network with its head, frozen: images (N, 3, H, W) to logits (N, Z).

        None where it has no head that came with its weights.
        """
        return None

    def parts(self) -> Mapping[str, object]:
        """Return plain values of all that changes its encodings besides its weights."""
        return {"name": self.request.name, "stage": self.request.stage}

    def operations(self, size: Size) -> int | None:
        """Return the multiply-adds of one image, where torch cannot count them."""
        return None

    def parameters(self) -> int | None:
        """Return how many parameters there are, where torch cannot count them."""
        return None


def tensors_of(network: nn.Module) -> dict[str, Tensor]:
    """Return the parameters and buffers of a network, the counters of batch norm aside."""
    return {name: value for name, value in network.state_dict().items() if "num_batches_tracked" not in name}


def digest_of(weights: Mapping[str, Tensor]) -> str:
    """Hash names and values: the same content is the same, whatever file it came in."""
    digest = hashlib.sha256()
    for name, value in sorted(weights.items()):
        digest.update(f"{name} {tuple(value.shape)} {value.dtype}\n".encode())
        digest.update(value.detach().contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def digest_of_file(file: Path) -> str:
    """Hash the content of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
