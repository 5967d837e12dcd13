"""Weights that encoders start from: read, and fitted to the architecture of a run.

Names of parameters are torchvision's; timm's ResNets carry them too. Only what the encoder has is kept: heads
and decoders of a checkpoint are ignored.
"""

import hashlib
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from taskaffinity.config import Model
from taskaffinity.errors import InputError
from taskaffinity.models.checkpoints import COUNTER, Checkpoint, fit, not_loaded, tensors_in
from taskaffinity.models.encoder import Encoder, make_encoder

KEY = "model.weights"
PROJECTION = "project."  # ours alone: it stays random where a checkpoint has none

StateDict = Mapping[str, Tensor]


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
    return InitialWeights(fitted(read(origin), origin, model))


def load_initial(encoder: Encoder, parameters: Mapping[str, np.ndarray]) -> None:
    """Put weights into an encoder; what they do not have stays as it is."""
    encoder.load_state_dict({name: torch.from_numpy(v) for name, v in parameters.items()}, strict=False)


def read(origin: str) -> StateDict:
    """Read a state dict: from a file, or from torchvision or timm by its name there."""
    kind, _, name = origin.partition(":")
    named: dict[str, Callable[[str], StateDict]] = {"torchvision": _of_torchvision, "timm": _of_timm}
    return named[kind](name) if kind in named and name else _of_file(Path(origin))


def _of_file(file: Path) -> StateDict:
    try:
        return Checkpoint(file).state_dict()
    except InputError as error:
        raise InputError(f"model.{error}") from None


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
    return not_loaded(f"{KEY}: {origin}", error, "check name and network, or give the path of a file")


def fitted(state: StateDict, origin: str, model: Model) -> dict[str, np.ndarray]:
    """Keep what the encoder of a configuration has, as `taskaffinity.models.checkpoints.fit` does.

    Raises
    ------
    InputError
        The weights do not fit.
    """
    with torch.device("meta"):
        wanted = {n: tuple(v.shape) for n, v in make_encoder(model).state_dict().items() if COUNTER not in n}
    optional = [name for name in wanted if name.startswith(PROJECTION)]
    try:
        kept = fit(tensors_in(state), origin, wanted, wanted, optional)
    except InputError as error:
        raise InputError(f"model.{error}") from None
    return {name: value.float().numpy().copy() for name, value in kept.items()}
