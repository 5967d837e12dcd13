"""Opening an encoder: its origin found, its weights read, its shape known, once in a process."""

import warnings
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from textwrap import shorten

import torch
from torch import Tensor, nn

from taskaffinity.errors import InputError
from taskaffinity.models.checkpoints import LONGEST
from taskaffinity.models.pretrained._adapter import Adapter, projection
from taskaffinity.models.pretrained._image import check_range
from taskaffinity.models.pretrained._origin import Origin, Request, Size, digest_of
from taskaffinity.models.pretrained.onnx import OnnxOrigin
from taskaffinity.models.pretrained.program import ExportOrigin, TorchScriptOrigin
from taskaffinity.models.pretrained.python_file import PythonOrigin
from taskaffinity.models.pretrained.timm import TimmOrigin
from taskaffinity.models.pretrained.torchvision import TorchvisionOrigin
from taskaffinity.models.shapes import EncodingShape, ImageFormat

ORIGINS: dict[str, type[Origin]] = {
    "torchvision": TorchvisionOrigin,
    "timm": TimmOrigin,
    "torchscript": TorchScriptOrigin,
    "export": ExportOrigin,
    "onnx": OnnxOrigin,
    "python": PythonOrigin,
}
SUFFIXES = {
    ".onnx": "onnx",
    ".pt2": "export",
    ".py": "python",
    ".torchscript": "torchscript",
    ".ts": "torchscript",
}
PROBE = 2  # images of the probing batch


@dataclass(frozen=True)
class Opened:
    """An encoder that was looked at.

    Attributes
    ----------
    origin
        Where it comes from.
    image
        What an image must look like.
    shape
        The shape of its encoding of one image, after the adapter.
    full_channels
        How many channels it has before they are projected.
    content
        A hash of its weights.
    options
        Of the adapter: class token, most channels, largest grid.
    """

    origin: Origin
    image: ImageFormat
    shape: EncodingShape
    full_channels: int
    content: str
    options: tuple[bool, int | None, int | None]

    def build(self) -> nn.Module:
        """Build it, on torch's current device, before its weights are loaded."""
        adapter = _adapter(self.origin, self.image.size, self.options)
        if self.full_channels > self.shape.channels:
            adapter.project(self.full_channels, self.shape.channels)
        return adapter

    def weights(self) -> dict[str, Tensor]:
        """Read its weights again.

        Raises
        ------
        InputError
            They changed since the encoder was opened.
        """
        with _quiet(), torch.device(self.origin.counting_device):
            adapter = _adapter(self.origin, self.image.size, self.options)
        with _quiet():
            weights = self.origin.weights(adapter.network)
        if digest_of(weights) != self.content:
            raise InputError(f"{self.origin.request.name}: its weights changed")
        named = {f"network.{name}": value for name, value in weights.items()}
        if self.full_channels > self.shape.channels:
            named["projection"] = projection(self.full_channels, self.shape.channels)
        return named

    def classifier(self) -> nn.Module | None:
        """Return the network with the head that came with it, frozen; None where there is none."""
        with _quiet():
            network = self.origin.classifier()
        return None if network is None else network.eval().requires_grad_(False)

    @property
    def operations(self) -> int | None:
        """Multiply-adds of one image, where torch cannot count them."""
        return self.origin.operations(self.image.size)

    @property
    def parameters(self) -> int | None:
        """Parameters, where torch cannot count them."""
        return self.origin.parameters()


def origin_of(text: str, request: Request) -> Origin:
    """Find the origin that a configuration names.

    Parameters
    ----------
    text
        ``KIND:NAME``, or the path of a file whose suffix tells its kind.
    request
        What is asked of it; its name is taken from `text`.
    """
    kind, _, name = text.partition(":")
    if kind not in ORIGINS or not name:
        kind, name = SUFFIXES.get(Path(text).suffix, ""), text
    if not kind:
        raise InputError(
            f"origin: {text!r} names no kind of encoder; give torchvision:NAME or timm:NAME (a checkpoint as "
            "weights), torchscript:FILE, export:FILE, onnx:FILE or python:FILE"
        )
    origin = ORIGINS[kind](replace(request, name=name))
    if request.checkpoint is not None and not origin.takes_checkpoint:
        raise InputError(f"weights: a file of {kind} has its weights in it; leave the key out")
    if request.arguments and not isinstance(origin, PythonOrigin):
        raise InputError(f"arguments: an encoder of {kind} takes none; they are for Python files")
    return origin


def open_encoder(
    text: str, request: Request, image: ImageFormat | None, options: tuple[bool, int | None, int | None]
) -> Opened:
    """Open an encoder; what was opened before is kept as long as its files stay as they are.

    Raises
    ------
    InputError
        It cannot be read, does not fit its weights, or does not give what is needed.
    """
    origin = origin_of(text, request)
    files = [Path(origin.request.name).expanduser()] if not isinstance(origin, _NAMED) else []
    files += [request.checkpoint.file] if request.checkpoint else []
    stamps = tuple((file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.is_file())
    return _opened(origin, image, options, stamps)


_NAMED = (TorchvisionOrigin, TimmOrigin)


@lru_cache(maxsize=64)
def _opened(
    origin: Origin, image: ImageFormat | None, options: tuple[bool, int | None, int | None], stamps: object
) -> Opened:
    with _quiet():
        image = image or origin.image()
        if image is None:
            raise InputError("image: give size, mean and spread; nothing else says what the encoder expects")
        check_range(image)
        adapter = _probed_on(origin, image.size, options)
        content = digest_of(origin.weights(adapter.network))
        channels, rows, columns = _shape(adapter, origin.counting_device, image.size)
    most = options[1]
    kept = channels if most is None else min(channels, most)
    return Opened(origin, image, EncodingShape(kept, rows, columns), channels, content, options)


def _probed_on(origin: Origin, size: Size, options: tuple[bool, int | None, int | None]) -> Adapter:
    with torch.device(origin.counting_device):
        return _adapter(origin, size, options).eval()


def _adapter(origin: Origin, size: Size, options: tuple[bool, int | None, int | None]) -> Adapter:
    class_token, _, grid = options
    return Adapter(origin.network(size), size, class_token, grid)


def _shape(adapter: Adapter, device: str, size: Size) -> tuple[int, int, int]:
    """Encode a batch, and return the shape of one encoding."""
    images = torch.zeros(PROBE, 3, *size, device=device)
    try:
        with torch.no_grad():
            encoding = adapter(images)
    except InputError:
        raise
    except Exception as error:  # what networks raise has no end
        said = shorten(str(error), LONGEST, placeholder=" ...") or type(error).__name__
        raise InputError(
            f"origin: the encoder cannot encode {PROBE} images of {size[0]}×{size[1]} ({said}); "
            "check image.size, and that it takes any number of images"
        ) from None
    if len(encoding) != PROBE:
        raise InputError(f"origin: the encoder gives {len(encoding)} encodings for {PROBE} images")
    if device != "meta" and not bool(encoding.isfinite().all()):
        raise InputError("origin: the encoder gives values that are no numbers; check its weights and image")
    return (encoding.shape[1], encoding.shape[2], encoding.shape[3])


def _quiet() -> warnings.catch_warnings:
    """Keep the warnings of other libraries off the terminal."""
    return warnings.catch_warnings(action="ignore")
