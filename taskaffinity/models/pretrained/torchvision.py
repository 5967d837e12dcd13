"""Encoders of torchvision: by the name of an architecture (``resnet50``) or of weights.

Stages are the nodes of torchvision's own feature extraction (``torchvision.models.feature_extraction``).
"""

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from functools import lru_cache
from textwrap import shorten

import torch
from torch import Tensor, nn

from taskaffinity.errors import InputError
from taskaffinity.models.checkpoints import LONGEST, not_loaded
from taskaffinity.models.pretrained._adapter import token_grid
from taskaffinity.models.pretrained._layers import unknown_stage, unknown_stride
from taskaffinity.models.pretrained._origin import Origin, Size, tensors_of
from taskaffinity.models.shapes import ImageFormat

OUTPUT = "encoding"


class TorchvisionOrigin(Origin):
    """An architecture of torchvision, with its weights or with those of a checkpoint."""

    def image(self) -> ImageFormat | None:
        """Return the preprocessing of the weights, or of the default weights of the architecture."""
        entry = _entry(self.request.name)[1]
        if entry is None:
            return None
        preset = entry.transforms()
        size = preset.crop_size[0]
        return ImageFormat((size, size), 1.0, tuple(preset.mean), tuple(preset.std))

    def network(self, size: Size) -> nn.Module:
        """Build the network up to the stage; later layers are cut off."""
        from torchvision.models.feature_extraction import create_feature_extractor

        node = _node(self.request.name, self.request.stage, size)
        cut = create_feature_extractor(
            _architecture(self.request.name), {node: OUTPUT}, suppress_diff_warning=True
        )
        return cut.eval()

    def weights(self, network: nn.Module) -> dict[str, Tensor]:
        """Return torchvision's weights, fetched if they are not in its cache, or the checkpoint's."""
        wanted = {name: tuple(value.shape) for name, value in tensors_of(network).items()}
        if self.request.checkpoint is not None:
            with torch.device("meta"):
                whole = _architecture(self.request.name).state_dict()
            return self.request.checkpoint.fitted(wanted, whole)
        state = self._named_weights()
        return {name: state[name].float() for name in wanted}

    def classifier(self) -> nn.Module | None:
        """Return the whole network with torchvision's weights; heads of checkpoints are not used."""
        if self.request.checkpoint is not None:
            return None
        network = _architecture(self.request.name)
        network.load_state_dict(self._named_weights())
        return network

    def _named_weights(self) -> Mapping[str, Tensor]:
        """Load torchvision's own weights."""
        entry = _entry(self.request.name)[1]
        if entry is None:
            raise InputError(f"origin: torchvision has no weights of {self.request.name}; give weights")
        try:
            with redirect_stdout(sys.stderr):  # where it says that it downloads
                state: Mapping[str, Tensor] = entry.get_state_dict(
                    progress=False, check_hash=True, weights_only=True
                )
        except Exception as error:  # of the network, of the disk, or of a file that was cut short
            origin = f"origin: torchvision:{self.request.name}"
            raise not_loaded(origin, error, "check the network, or give weights: FILE") from None
        return state


def _entry(name: str):  # type: ignore[no-untyped-def]
    """Return the name of an architecture and an entry of its weights, or None where it has none."""
    from difflib import get_close_matches

    from torchvision.models import get_model_weights, get_weight, list_models

    if "." in name:
        try:
            entry = get_weight(name)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InputError(
                f"origin: torchvision has no weights {name!r}; give ResNet50_Weights.IMAGENET1K_V2, say"
            ) from None
        return next(m for m in list_models() if get_model_weights(m) is type(entry)), entry
    if name not in list_models():
        near = " or ".join(get_close_matches(name, list_models(), n=2)) or "resnet50, for example"
        raise InputError(f"origin: torchvision has no model {name!r}; did you mean {near}?")
    entries = list(get_model_weights(name))
    return name, get_model_weights(name).DEFAULT if entries else None


def _architecture(name: str) -> nn.Module:
    from torchvision.models import get_model

    return get_model(_entry(name)[0], weights=None).eval()


@lru_cache(maxsize=64)
def _node(name: str, stage: str | int | None, size: Size) -> str:
    """Return the node of a stage."""
    from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names

    with torch.device("meta"):
        network = _architecture(name)
        names = get_graph_node_names(network, suppress_diff_warning=True)[1]
        if isinstance(stage, str):
            if not any(node == stage or node.startswith(f"{stage}.") for node in names):
                raise InputError(unknown_stage(stage, names))
            return stage
        every = create_feature_extractor(network, {n: n for n in names}, suppress_diff_warning=True).eval()
        try:
            with torch.no_grad():
                outputs = every(torch.zeros(1, 3, *size))
        except (RuntimeError, AssertionError, ValueError) as error:
            said = shorten(str(error), LONGEST, placeholder=" ...")
            raise InputError(f"image.size: {name} cannot take images of {size} ({said})") from None
    strides = {
        node: stride
        for node, value in outputs.items()
        if isinstance(value, Tensor) and (stride := _stride(value, size))
    }
    chosen = [node for node, stride in strides.items() if stage is None or stride == stage]
    if not chosen:
        raise InputError(unknown_stride(int(stage or 0), list(strides.values())))
    return chosen[-1]


def _stride(value: Tensor, size: Size) -> int | None:
    """Return the stride of a map or of tokens; None for anything else."""
    rows = 1
    if value.ndim == 4:
        rows = value.shape[1] if value.shape[1] == value.shape[2] != value.shape[3] else value.shape[2]
    elif value.ndim == 3 and value.is_floating_point():
        try:
            rows = token_grid(value.shape[1], size)[1][0]
        except InputError:
            return None
    return round(size[0] / rows) if rows > 1 else None
