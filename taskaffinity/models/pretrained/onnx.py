"""Encoders in an ONNX file, run by onnxruntime on the processor."""

import math
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from taskaffinity.errors import InputError
from taskaffinity.models.pretrained._origin import Origin, Size, digest_of_file
from taskaffinity.models.shapes import ImageFormat

PRODUCTS = ("Conv", "Gemm", "MatMul")


class OnnxOrigin(Origin):
    """An ONNX file; a stage is the name of an output, the first when left out, or of a tensor inside."""

    counting_device: ClassVar[str] = "cpu"
    takes_checkpoint: ClassVar[bool] = False

    def image(self) -> ImageFormat | None:
        """Return nothing: the file knows the size alone."""
        return None

    def network(self, size: Size) -> nn.Module:
        """Open a session."""
        return Session(str(self.request.path), self.request.stage, size)

    def weights(self, network: nn.Module) -> dict[str, Tensor]:
        """Return nothing: they are in the file."""
        return {}

    def parts(self) -> dict[str, object]:
        """Return the hash of the file, and the output."""
        return {"file": digest_of_file(self.request.path), "stage": self.request.stage}

    def operations(self, size: Size) -> int | None:
        """Count the multiply-adds of convolutions and matrix products, from the shapes in the file."""
        return multiply_adds(str(self.request.path), self.request.stage, size)

    def parameters(self) -> int | None:
        """Count the values of the weights in the file, up to the stage."""
        return parameter_count(str(self.request.path), self.request.stage)


class Session(nn.Module):
    """A session of onnxruntime as a module.

    Its weights are buffers of no values: they belong to the session, and `parameters` counts them by the
    empty tensors that stand for them.
    """

    def __init__(self, path: str, stage: str | int | None, size: Size) -> None:
        super().__init__()
        self._session = _session(path)
        self._input = _input(self._session, path, size)
        names = [output.name for output in self._session.get_outputs()]
        if stage is not None and stage not in names:
            self._session = _session(_cut_content(path, str(stage), tuple(names), _stamp(path)))
        self._output = str(stage) if stage is not None else names[0]

    def forward(self, images: Tensor) -> Tensor:
        """Encode images (N, 3, H, W), on the processor."""
        values = images.detach().cpu().float().contiguous().numpy()
        (out,) = self._session.run([self._output], {self._input: values})
        return torch.from_numpy(out).float().to(images.device)


def _session(content: str | bytes) -> Any:
    try:
        import onnxruntime
    except ImportError:
        raise InputError(
            f"origin: {_named(content)} needs onnxruntime; install it with pip install 'taskaffinity[onnx]'"
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # sums do not depend on the cores
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception:  # its errors have no common class
        raise InputError(f"origin: {_named(content)} is no ONNX file that onnxruntime can run") from None


def _named(content: str | bytes) -> str:
    return content if isinstance(content, str) else "the file up to its stage"


def _stamp(path: str) -> tuple[int, int]:
    """Return what changes when the file does."""
    state = Path(path).stat()
    return state.st_mtime_ns, state.st_size


@lru_cache(maxsize=2)
def _cut_content(path: str, stage: str, outputs: tuple[str, ...], stamp: object) -> bytes:
    """Return the part of a file that leads to a tensor inside it, as another ONNX file.

    Raises
    ------
    InputError
        There is no such tensor, or the onnx package is missing.
    """
    try:
        import onnx
    except ImportError:
        raise InputError(
            f"stage: {path} has no output {stage!r}, it has {', '.join(outputs)}; a tensor inside it needs "
            "the package onnx: pip install 'taskaffinity[onnx]'"
        ) from None
    model = onnx.shape_inference.infer_shapes(onnx.load(path))
    inside = [name for node in model.graph.node for name in node.output]
    if stage not in inside:
        near = get_close_matches(stage, inside, n=2)
        raise InputError(
            f"stage: {path} has no output {stage!r}; it has {', '.join([*outputs, *near])}, among others"
        )
    cut = onnx.utils.Extractor(model).extract_model([model.graph.input[0].name], [stage])
    return bytes(cut.SerializeToString())


def _model(path: str, stage: str | int | None) -> Any:
    """Read a file with the onnx package, cut at a stage inside it; None where the package is missing."""
    try:
        import onnx
    except ImportError:
        return None
    model = onnx.load(path)
    outputs = tuple(output.name for output in model.graph.output)
    if stage is None or stage in outputs:
        return model
    return onnx.load_from_string(_cut_content(path, str(stage), outputs, _stamp(path)))


def _input(session: Any, path: str, size: Size) -> str:
    """Return the name of the one input, which takes float images of any number."""
    inputs = session.get_inputs()
    if len(inputs) != 1:
        names = ", ".join(one.name for one in inputs)
        raise InputError(
            f"origin: {path} has {len(inputs)} inputs ({names}); export one that takes images alone"
        )
    shape = inputs[0].shape
    if len(shape) != 4 or (shape[1] not in (3, None) and isinstance(shape[1], int)):
        raise InputError(f"origin: {path} takes arrays of {shape}; images (N, 3, H, W) are needed")
    if isinstance(shape[0], int):
        raise InputError(
            f"origin: {path} has a fixed batch of {shape[0]}; export it with a dynamic first axis"
        )
    if inputs[0].type != "tensor(float)":
        raise InputError(f"origin: {path} takes {inputs[0].type}; tensor(float) is needed")
    for side, wanted in zip(shape[2:], size, strict=True):
        if isinstance(side, int) and side != wanted:
            raise InputError(
                f"image.size: {path} takes images of {shape[2]}×{shape[3]}, got {size[0]}×{size[1]}"
            )
    return str(inputs[0].name)


def multiply_adds(path: str, stage: str | int | None, size: Size) -> int | None:
    """Count the multiply-adds of an ONNX file for one image: its convolutions and matrix products.

    None where the onnx package is missing.
    """
    model = _model(path, stage)
    if model is None:
        return None
    shapes = {weight.name: tuple(weight.dims) for weight in model.graph.initializer}
    nodes = [node for node in model.graph.node if node.op_type in PRODUCTS]
    shapes |= _shapes_of(
        model, {name for node in nodes for name in (*node.input, *node.output)} - set(shapes), size
    )
    return sum(_products(node, shapes) for node in nodes)


def _shapes_of(model: Any, names: set[str], size: Size) -> dict[str, tuple[int, ...]]:
    """Run a file on one image, and return the shapes of tensors inside it: axes in it may be computed."""
    from onnx import TensorProto, helper

    first = model.graph.input[0].name
    inside = sorted(names - {first, ""})
    del model.graph.output[:]
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in inside)
    values = _session(model.SerializeToString()).run(inside, {first: np.zeros((1, 3, *size), np.float32)})
    return {first: (1, 3, *size), **{name: value.shape for name, value in zip(inside, values, strict=True)}}


def parameter_count(path: str, stage: str | int | None) -> int | None:
    """Count the values of the weights of an ONNX file; None where the onnx package is missing."""
    model = _model(path, stage)
    return None if model is None else sum(math.prod(weight.dims) for weight in model.graph.initializer)


def _products(node: Any, shapes: dict[str, tuple[int, ...]]) -> int:
    """Return multiply-adds: the values of the output, times the length of the sums that they are."""
    output, inputs = shapes.get(node.output[0], ()), [shapes.get(name, ()) for name in node.input]
    if not output or len(inputs) < 2 or not inputs[1]:
        return 0
    if node.op_type == "Conv":
        return math.prod(output) * math.prod(inputs[1][1:])
    across = next((a.i for a in node.attribute if a.name == "transB"), 0)
    length = inputs[1][-1] if across else inputs[1][-2] if len(inputs[1]) > 1 else inputs[1][0]
    return math.prod(output) * length
