"""Encoders that are programs in a file: TorchScript and ``torch.export``. Loading one runs it."""

import warnings
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from taskaffinity.errors import InputError
from taskaffinity.models.pretrained._layers import UpTo
from taskaffinity.models.pretrained._origin import Origin, Size, digest_of_file
from taskaffinity.models.shapes import ImageFormat


class Program(nn.Module):
    """A loaded program as a module, whose weights stay where they are.

    Programs of ``torch.export`` have no training mode to switch.
    """

    def __init__(self, program: Any) -> None:
        super().__init__()
        self.program = program

    def train(self, mode: bool = True) -> "Program":
        """Leave the program as it was saved."""
        self.training = mode
        return self

    def forward(self, images: Tensor) -> Any:
        """Run the program on images (N, 3, H, W)."""
        return self.program(images.contiguous())


class _ProgramOrigin(Origin):
    counting_device: ClassVar[str] = "cpu"
    takes_checkpoint: ClassVar[bool] = False

    def image(self) -> ImageFormat | None:
        """Return nothing: the file does not say."""
        return None

    def weights(self, network: nn.Module) -> dict[str, Tensor]:
        """Return nothing: they are in the program."""
        return {}

    def parts(self) -> dict[str, object]:
        """Return the hash of the file, and the stage."""
        return {"file": digest_of_file(self.request.path), "stage": self.request.stage}


class TorchScriptOrigin(_ProgramOrigin):
    """A TorchScript file; a stage is the name of a module in it."""

    def network(self, size: Size) -> nn.Module:
        """Load the program."""
        path = self.request.path
        try:
            with torch.device("cpu"), warnings.catch_warnings(action="ignore"):  # TorchScript is deprecated
                program = torch.jit.load(path, map_location="cpu").eval()
        except RuntimeError:
            raise InputError(
                f"origin: {path} is no TorchScript file; write one with torch.jit.save, or give the "
                "architecture as origin and the checkpoint as weights"
            ) from None
        if self.request.stage is None:
            return Program(program)
        if not isinstance(self.request.stage, str):
            raise InputError("stage: of a TorchScript file it is the name of a module, or left out")
        return Program(UpTo(program, self.request.stage))


class ExportOrigin(_ProgramOrigin):
    """A file of ``torch.export.save``."""

    def network(self, size: Size) -> nn.Module:
        """Load the program."""
        path = self.request.path
        if self.request.stage is not None:
            raise InputError("stage: a file of torch.export has none; export the encoder up to that stage")
        try:
            with torch.device("cpu"), warnings.catch_warnings(action="ignore"):
                return Program(torch.export.load(path).module())
        except Exception:  # a file that is something else can raise anything
            raise InputError(
                f"origin: {path} is no file of torch.export; write one with torch.export.save"
            ) from None
