"""Checkpoints as they lie about: wrapped, prefixed, in half precision, with heads of other sizes.

Files are data: they are read as tensors alone, and a file that needs more is refused. Encoders that a run
trains and encoders that stay as they came are filled from them in the same way.
"""

import warnings
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch
from torch import Tensor

from taskaffinity.errors import InputError
from taskaffinity.text import one_line

ENTRIES = (
    "state_dict", "model", "model_state_dict", "net", "network", "teacher", "state_dict_ema", "model_ema",
    "ema_state_dict", "ema", "student",
)  # fmt: skip
COMPILED = "_orig_mod."  # torch.compile puts it anywhere in a name
COUNTER = "num_batches_tracked"  # of batch norm; nothing depends on it when a network is frozen
PROBES = 3  # names of the architecture that a prefix is found by
LONGEST = 200  # characters of another library's message

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Checkpoint:
    """A file of weights.

    Attributes
    ----------
    file
        ``.safetensors``, or as ``torch.save`` writes it.
    entry
        The key under which the file keeps the state dict; found when left out.
    prefix
        What the names of the encoder's weights begin with; found when left out.
    """

    file: Path
    entry: str | None = None
    prefix: str | None = None

    def fitted(self, wanted: Shapes, architecture: Iterable[str]) -> dict[str, Tensor]:
        """Read the weights of a network; parameters, result and errors are those of `fit`.

        Raises
        ------
        InputError
            The file is no checkpoint of tensors, or does not fit.
        """
        return fit(self.state_dict(), str(self.file), wanted, architecture, prefix=self.prefix)

    def state_dict(self) -> dict[str, Tensor]:
        """Read the tensors of the file, by the names that they have there.

        Raises
        ------
        InputError
            There is no such file or entry, it holds more than tensors, or no state dict.
        """
        content = read(self.file)
        if self.entry is not None:
            if not isinstance(content, Mapping) or not isinstance(content.get(self.entry), Mapping):
                keys = ", ".join(map(str, list(content)[:8])) if isinstance(content, Mapping) else "no keys"
                raise InputError(
                    f"weights_entry: {self.file} has no entry {self.entry!r}; it has {one_line(keys)}"
                )
            content = content[self.entry]
        while isinstance(content, Mapping) and not tensors_in(content):
            entry = next((e for e in ENTRIES if isinstance(content.get(e), Mapping)), None)
            if entry is None:
                break
            content = content[entry]
        tensors = tensors_in(content) if isinstance(content, Mapping) else {}
        if not tensors:
            raise InputError(
                f"weights: {self.file} holds no state dict, neither plain nor under a usual key; "
                "write one with torch.save(model.state_dict(), FILE)"
            )
        return tensors


def tensors_in(content: Mapping[Any, Any]) -> dict[str, Tensor]:
    """Return the tensors of a mapping whose keys are names."""
    return {
        name.replace(COMPILED, ""): value
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }


def read(file: Path) -> Any:
    """Read a file as tensors in plain containers.

    Raises
    ------
    InputError
        It is not there, or it holds anything else.
    """
    if not file.is_file():
        raise InputError(f"weights: there is no file {file}; give a checkpoint (.pt, .pth or .safetensors)")
    try:
        if file.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(file)
        with warnings.catch_warnings(action="ignore"):  # about archives that are refused anyway
            return torch.load(file, map_location="cpu", weights_only=True)
    except OSError as error:
        raise InputError(f"weights: {file} cannot be read ({error.strerror or error})") from None
    except Exception:  # a file that is something else can raise anything
        raise InputError(
            f"weights: {file} is not a checkpoint of tensors alone; write one with "
            "torch.save(model.state_dict(), FILE), or as .safetensors"
        ) from None


def fit(
    tensors: Mapping[str, Tensor], origin: str, wanted: Shapes, architecture: Iterable[str],
    optional: Collection[str] = (), prefix: str | None = None,
) -> dict[str, Tensor]:  # fmt: skip
    """Take the weights of an encoder from a state dict, and make sure that they are all there.

    Parameters
    ----------
    tensors
        The state dict.
    origin
        What an error calls it.
    wanted
        The shapes of the parameters and buffers of the encoder, by name.
    architecture
        The names of all of its architecture, a head and later stages among them.
    optional
        Those of `wanted` that may be missing.
    prefix
        What the names of the encoder's weights begin with; found when left out.

    Returns
    -------
    dict
        Tensors by the encoder's names; floating-point ones as float32, which half precision fits into.

    Raises
    ------
    InputError
        Nothing is in common, a shape is another, a parameter is missing, there are more layers than the
        encoder has, or values are no plain, finite numbers.
    """
    prefix = _prefix(tensors, origin, wanted) if prefix is None else _given(tensors, origin, prefix)
    bare = {n.removeprefix(prefix): v for n, v in tensors.items() if n.startswith(prefix)}
    kept = {name: bare[name] for name in wanted if name in bare}
    if fault := _misfit(bare, kept, wanted, set(architecture), optional):
        raise InputError(
            f"weights: {origin} {fault}; give weights that fit the encoder, or choose another encoder"
        )
    return {name: _full(value) for name, value in kept.items()}


def not_loaded(origin: str, error: Exception, remedy: str) -> InputError:
    """Say that another library could not load weights by their name."""
    said = shorten(str(error), LONGEST, placeholder=" ...") or type(error).__name__
    return InputError(f"{origin} cannot be loaded ({said}); {remedy}")


def _given(tensors: Mapping[str, Tensor], origin: str, prefix: str) -> str:
    if not any(name.startswith(prefix) for name in tensors):
        raise InputError(f"weights_prefix: no name in {origin} begins with {prefix!r}")
    return prefix


def _prefix(tensors: Mapping[str, Tensor], origin: str, wanted: Shapes) -> str:
    """Return the prefix under which most of the wanted names are found; empty where none is."""
    probes = [*[name for name in wanted if name in tensors][:1], *list(wanted)[:PROBES]]
    prefixes = {name.removesuffix(w) for w in probes for name in tensors if _ends(name, w)}
    hits = {prefix: sum(prefix + name in tensors for name in wanted) for prefix in prefixes}
    best = sorted(prefix for prefix in hits if hits[prefix] == max(hits.values()))
    if len(best) > 1:
        raise InputError(
            f"weights: {origin} has the encoder more than once, under {one_line(repr(best[0]))} and "
            f"{one_line(repr(best[1]))}; save the one you mean alone, or choose it with weights_prefix"
        )
    return best[0] if best else ""


def _ends(name: str, wanted: str) -> bool:
    return name == wanted or name.endswith(f".{wanted}")


def _full(value: Tensor) -> Tensor:
    value = value.detach().cpu()
    return (value.float() if value.is_floating_point() else value).contiguous()


def _misfit(
    bare: Mapping[str, Tensor], kept: Mapping[str, Tensor], wanted: Shapes, architecture: set[str],
    optional: Collection[str],
) -> str | None:  # fmt: skip
    """Say the first thing that keeps weights from fitting; None where they fit."""
    if wanted and not any(name not in optional for name in kept):
        first = one_line(next(iter(bare), "nothing"))
        return f"has no parameter in common with the encoder (its first is {first})"
    for name, value in kept.items():
        if tuple(value.shape) != wanted[name]:
            return f"has {name} of shape {tuple(value.shape)}, the encoder {wanted[name]}"
        if value.layout != torch.strided or value.is_quantized or value.is_meta or value.is_complex():
            return f"has {name} as a sparse, quantised, complex or empty tensor"
    missing = [name for name in wanted if name not in kept and name not in optional]
    if missing:
        return f"lacks {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else "")
    if further := _further(bare, wanted, architecture):
        return f"has {one_line(further)}, which the encoder has not"
    broken = [n for n, value in kept.items() if value.is_floating_point() and not value.isfinite().all()]
    return f"has values that are no numbers in {broken[0]}" if broken else None


def _further(bare: Iterable[str], wanted: Shapes, architecture: set[str]) -> str | None:
    """Name a weight of a part that the encoder has, which its architecture has not: of a deeper network."""
    parts = {name.partition(".")[0] for name in wanted}
    return next(
        (n for n in bare if n.partition(".")[0] in parts and n not in architecture and COUNTER not in n), None
    )
