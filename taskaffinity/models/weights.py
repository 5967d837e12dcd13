"""Weights that encoders start from: read, renamed and fitted to the architecture of a run.

Names of parameters are torchvision's; timm's ResNets carry them too. Only what the encoder has is kept: heads
and decoders of a checkpoint are ignored.
"""

import hashlib
import sys
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np
import torch
from torch import Tensor

from taskaffinity.config import Model
from taskaffinity.errors import InputError
from taskaffinity.models.encoder import Encoder, make_encoder
from taskaffinity.text import one_line

KEY = "model.weights"
WRAPPERS = ("state_dict", "model")  # keys under which checkpoints keep a state dict
PREFIXES = ("module.", "_orig_mod.", "encoder.", "backbone.", "model.")
PROJECTION = "project."  # ours alone: it stays random where a checkpoint has none
COUNTER = "num_batches_tracked"  # of batch norm; nothing depends on it
LONGEST = 200  # characters of another library's message

StateDict = Mapping[str, Any]


@dataclass(frozen=True)
class InitialWeights:
    """What the encoders of sources start from.

    Attributes
    ----------
    parameters
        float32, by the encoder's names; the running statistics of batch norm are among them.
    """

    parameters: dict[str, np.ndarray]

    @cached_property
    def identity(self) -> str:
        """A hash of names and values: the same content is the same, whatever file it came in."""
        digest = hashlib.sha256()
        for name, value in sorted(self.parameters.items()):
            digest.update(f"{name} {value.shape}\n".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
        return digest.hexdigest()[:20]


def initial_weights(origin: str, model: Model) -> InitialWeights:
    """Read weights for the encoder of a configuration.

    Parameters
    ----------
    origin
        The path of a checkpoint, ``torchvision:NAME`` or ``timm:NAME``; a name is fetched where it is not in
        the cache of its library.
    model
        The encoder.

    Raises
    ------
    InputError
        They cannot be read, or do not fit the encoder.
    """
    return InitialWeights(fitted(renamed(read(origin), origin), origin, model))


def load_initial(encoder: Encoder, parameters: Mapping[str, np.ndarray]) -> None:
    """Put weights into an encoder; what they do not have stays as it is."""
    encoder.load_state_dict({name: torch.from_numpy(v) for name, v in parameters.items()}, strict=False)


def read(origin: str) -> StateDict:
    """Read a state dict: from a file, or from torchvision or timm by its name there."""
    kind, _, name = origin.partition(":")
    named: dict[str, Callable[[str], StateDict]] = {"torchvision": _of_torchvision, "timm": _of_timm}
    return named[kind](name) if kind in named and name else _of_file(Path(origin))


def _of_file(file: Path) -> StateDict:
    if not file.is_file():
        raise InputError(
            f"{KEY}: there is no file {file}; give a checkpoint (.pt, .pth or .safetensors), "
            "torchvision:NAME or timm:NAME"
        )
    try:
        content = _loaded(file)
    except OSError as error:
        raise InputError(f"{KEY}: {file} cannot be read ({error.strerror or error})") from None
    except Exception:  # what a file that is something else raises has no end
        raise InputError(
            f"{KEY}: {file} is not a checkpoint of tensors alone; "
            "write one with torch.save(model.state_dict(), FILE), or as .safetensors"
        ) from None
    for wrapper in WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping) or not any(_is_parameter(*item) for item in content.items()):
        raise InputError(
            f"{KEY}: {file} holds no state dict, neither plain nor under {' or '.join(WRAPPERS)}; "
            "write one with torch.save(model.state_dict(), FILE)"
        )
    return content


def _is_parameter(name: object, value: object) -> bool:
    return isinstance(name, str) and isinstance(value, Tensor)


def _loaded(file: Path) -> Any:
    if file.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(file)
    with warnings.catch_warnings(action="ignore"):  # of archives that are refused all the same
        return torch.load(file, map_location="cpu", weights_only=True)


def _of_torchvision(name: str) -> StateDict:
    from torchvision.models import get_weight

    try:
        entry = get_weight(name)
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"{KEY}: torchvision has no weights {name!r}; give a name such as ResNet50_Weights.IMAGENET1K_V2"
        ) from None
    try:
        with redirect_stdout(sys.stderr):  # where it says that it downloads
            state: StateDict = entry.get_state_dict(progress=False, check_hash=True, weights_only=True)
    except Exception as error:  # of the network, of the disk, or of a file that was cut short
        raise _not_had(f"torchvision:{name}", error) from None
    return state


def _of_timm(name: str) -> StateDict:
    try:
        import timm
    except ImportError:
        raise InputError(
            f"{KEY}: timm:{name} needs timm; install it with pip install 'taskaffinity[timm]'"
        ) from None
    try:
        state: StateDict = timm.create_model(name, pretrained=True).state_dict()
    except Exception as error:  # an unknown name, or whatever its hub's client raises
        raise _not_had(f"timm:{name}", error) from None
    return state


def _not_had(origin: str, error: Exception) -> InputError:
    said = shorten(str(error), LONGEST, placeholder=" ...") or type(error).__name__
    return InputError(
        f"{KEY}: {origin} cannot be loaded ({said}); check name and network, or give the path of a file"
    )


def renamed(state: StateDict, origin: str) -> dict[str, Tensor]:
    """Take the usual prefixes off the names of tensors.

    Raises
    ------
    InputError
        Two tensors would have one name: a student and a teacher, say.
    """
    found: dict[str, str] = {}
    for name in (name for name, value in state.items() if _is_parameter(name, value)):
        bare = _bare(name)
        if bare in found:
            raise InputError(
                f"{KEY}: {origin} has {one_line(bare)} twice, as {one_line(found[bare])} and "
                f"{one_line(name)}; save the one you mean alone"
            )
        found[bare] = name
    return {bare: state[name] for bare, name in found.items()}


def _bare(name: str) -> str:
    while prefix := next((prefix for prefix in PREFIXES if name.startswith(prefix)), ""):
        name = name.removeprefix(prefix)
    return name


def fitted(state: Mapping[str, Tensor], origin: str, model: Model) -> dict[str, np.ndarray]:
    """Keep what the encoder of a configuration has, and make sure that it is all of it.

    Raises
    ------
    InputError
        Nothing is in common, a shape is another, a parameter is missing, or there are more layers than the
        encoder has.
    """
    with torch.device("meta"):
        wanted = {n: tuple(v.shape) for n, v in make_encoder(model).state_dict().items() if COUNTER not in n}
    kept = {name: state[name] for name in wanted if name in state}
    fault = _misfit(state, kept, wanted)
    if fault:
        raise InputError(
            f"{KEY}: {origin} {fault}; give weights that fit model.encoder {model.encoder}, "
            "under torchvision's names, or change the keys of model"
        )
    return {name: value.detach().float().cpu().numpy().copy() for name, value in kept.items()}


def _misfit(
    state: Mapping[str, Tensor], kept: Mapping[str, Tensor], wanted: Mapping[str, tuple[int, ...]]
) -> str | None:
    """Say the first thing that keeps weights from fitting; None where they fit."""
    if not any(not name.startswith(PROJECTION) for name in kept):
        return f"has no parameter in common with the encoder (its first is {one_line(next(iter(state)))})"
    for name, value in kept.items():
        if tuple(value.shape) != wanted[name]:
            return f"has {name} of shape {tuple(value.shape)}, the encoder {wanted[name]}"
        if value.layout != torch.strided or value.is_quantized or value.is_meta or value.is_complex():
            return f"has {name} as a sparse, quantised, complex or empty tensor"
    missing = [name for name in wanted if name not in kept and not name.startswith(PROJECTION)]
    if missing:
        return f"lacks {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else "")
    parts = {name.partition(".")[0] for name in wanted}
    more = [n for n in state if n.partition(".")[0] in parts and n not in wanted and COUNTER not in n]
    return f"has {one_line(more[0])}, which the encoder has not" if more else None
