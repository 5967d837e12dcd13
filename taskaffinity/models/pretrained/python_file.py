"""Encoders that a user's Python file binds: ``encoder(**arguments)`` and ``image``."""

import importlib.util
import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from taskaffinity.errors import InputError, TaskAffinityError
from taskaffinity.models.pretrained._layers import UpTo
from taskaffinity.models.pretrained._origin import Origin, Size, digest_of_file, tensors_of
from taskaffinity.models.shapes import ImageFormat


class _Called(nn.Module):
    """A callable that is no module."""

    def __init__(self, function: Callable[[Tensor], Any]) -> None:
        super().__init__()
        self._function = function

    def forward(self, images: Tensor) -> Any:
        return self._function(images)


class PythonOrigin(Origin):
    """A Python file that binds ``encoder``, a function of `arguments` that gives a module or a callable.

    ``classifier``, where the file binds it, is such a function too: of the whole network, to logits (N, Z).
    ``image``, a mapping with ``size``, ``top``, ``mean`` and ``spread`` or a function of `arguments` that
    gives one, says what an image must look like.
    """

    counting_device: ClassVar[str] = "cpu"

    def image(self) -> ImageFormat | None:
        """Return what the file says."""
        path, known = self.request.path, getattr(_run(self.request.path), "image", None)
        if callable(known):
            known = _called(path, "image", known, dict(self.request.arguments))
        if known is None:
            return None
        if not isinstance(known, Mapping) or "size" not in known:
            raise InputError(f"origin: {path}: image must be a mapping with size, top, mean and spread")
        size = known["size"]
        try:
            return ImageFormat(
                (size, size) if isinstance(size, int) else tuple(size), float(known.get("top", 1.0)),
                tuple(known.get("mean", (0.0,) * 3)), tuple(known.get("spread", (1.0,) * 3)),
            )  # fmt: skip
        except (TypeError, ValueError) as error:
            raise InputError(f"origin: {path}: image: {error}") from None

    def network(self, size: Size) -> nn.Module:
        """Run the file and call ``encoder``."""
        path = self.request.path
        make = getattr(_run(path), "encoder", None)
        if not callable(make):
            raise InputError(f"origin: {path} binds no function encoder(**arguments)")
        with torch.device("cpu"):
            made = _called(path, "encoder", make, dict(self.request.arguments))
        if not callable(made):
            raise InputError(
                f"origin: {path}: encoder gave a {type(made).__name__}, not a module or a callable"
            )
        network = made if isinstance(made, nn.Module) else _Called(made)
        if isinstance(self.request.stage, int):
            raise InputError("stage: of a Python file it is the name of a module, or left out")
        staged = network if self.request.stage is None else UpTo(network, self.request.stage)
        return staged.eval().requires_grad_(False)

    def weights(self, network: nn.Module) -> dict[str, Tensor]:
        """Return the weights that ``encoder`` gave its module, or those of the checkpoint."""
        own = {name: value.detach().cpu() for name, value in tensors_of(network).items()}
        if self.request.checkpoint is None:
            return own
        outer = "network." if self.request.stage is not None else ""
        inner = {name.removeprefix(outer): tuple(value.shape) for name, value in own.items()}
        fitted = self.request.checkpoint.fitted(inner, inner)
        return {name: fitted[name.removeprefix(outer)] for name in own}

    def classifier(self) -> nn.Module | None:
        """Call ``classifier``; None where the file binds none."""
        path = self.request.path
        make = getattr(_run(path), "classifier", None)
        if make is None:
            return None
        with torch.device("cpu"):
            made = _called(path, "classifier", make, dict(self.request.arguments))
        return made if isinstance(made, nn.Module) else _Called(made)

    def parts(self) -> dict[str, object]:
        """Return the hash of the file, the arguments and the stage."""
        return {
            "file": digest_of_file(self.request.path), "arguments": dict(self.request.arguments),
            "stage": self.request.stage,
        }  # fmt: skip


def _run(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"taskaffinity_encoders.{path.stem}", path)
    if spec is None or spec.loader is None:
        raise InputError(f"origin: {path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    _called(path, "file", spec.loader.exec_module, {"module": module})
    return module


def _called(path: Path, what: str, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Call what a user's file binds; its errors become one line, and what it prints is dropped."""
    try:
        with redirect_stdout(io.StringIO()):
            return function(**arguments)
    except TaskAffinityError:
        raise
    except Exception as error:
        raise InputError(f"origin: {path}: {what}: {type(error).__name__}: {error}") from error
