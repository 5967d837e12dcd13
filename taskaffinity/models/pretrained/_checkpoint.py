"""Checkpoints as they lie about: wrapped, prefixed, in half precision, with heads of other sizes.

Files are data: they are read as tensors alone, and a file that needs more is refused.
"""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from taskaffinity.errors import InputError

ENTRIES = (
    "state_dict", "model", "model_state_dict", "net", "network", "teacher", "state_dict_ema", "model_ema",
    "ema_state_dict", "ema", "student",
)  # fmt: skip
COMPILED = "_orig_mod."  # torch.compile puts it anywhere in a name
COUNTER = "num_batches_tracked"  # of batch norm; nothing depends on it when a network is frozen

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
        """Read the weights of a network.

        Parameters
        ----------
        wanted
            The shapes of the parameters and buffers of the network, by name.
        architecture
            The names of all of its architecture, a head and later stages among them.

        Returns
        -------
        dict
            Tensors by the network's names; floating-point ones as float32, which half precision fits into.

        Raises
        ------
        InputError
            The file is no checkpoint of tensors, or does not fit.
        """
        tensors = self._state_dict()
        prefix = self._prefix(tensors, wanted)
        bare = {n.removeprefix(prefix): v for n, v in tensors.items() if n.startswith(prefix)}
        kept = {name: bare[name] for name in wanted if name in bare}
        fault = _misfit(bare, kept, wanted, set(architecture))
        if fault:
            raise InputError(
                f"weights: {self.file} {fault}; give the weights of this architecture, or change origin"
            )
        return {name: _full(value) for name, value in kept.items()}

    def _state_dict(self) -> dict[str, Tensor]:
        content = _read(self.file)
        if self.entry is not None:
            if not isinstance(content, Mapping) or not isinstance(content.get(self.entry), Mapping):
                keys = ", ".join(map(str, list(content)[:8])) if isinstance(content, Mapping) else "no keys"
                raise InputError(f"weights_entry: {self.file} has no entry {self.entry!r}; it has {keys}")
            content = content[self.entry]
        while isinstance(content, Mapping) and not _tensors(content):
            entry = next((e for e in ENTRIES if isinstance(content.get(e), Mapping)), None)
            if entry is None:
                break
            content = content[entry]
        tensors = _tensors(content) if isinstance(content, Mapping) else {}
        if not tensors:
            raise InputError(
                f"weights: {self.file} holds no state dict; write one with "
                "torch.save(model.state_dict(), FILE)"
            )
        return tensors

    def _prefix(self, tensors: Mapping[str, Tensor], wanted: Shapes) -> str:
        """Return the prefix under which most of the wanted names are found."""
        if self.prefix is not None:
            if not any(name.startswith(self.prefix) for name in tensors):
                raise InputError(f"weights_prefix: no name in {self.file} begins with {self.prefix!r}")
            return self.prefix
        if not wanted:
            return ""
        probe = next((name for name in wanted if name in tensors), None) or next(iter(wanted))
        prefixes = {n.removesuffix(w) for w in (probe, *list(wanted)[:3]) for n in tensors if _ends(n, w)}
        hits = {p: sum(p + name in tensors for name in wanted) for p in prefixes}
        best = [p for p in hits if hits[p] == max(hits.values())]
        if len(best) > 1:
            names = " and ".join(repr(p) for p in sorted(best)[:2])
            raise InputError(
                f"weights_prefix: {self.file} has the encoder more than once, under {names}; choose one"
            )
        return best[0] if best else ""


def _ends(name: str, wanted: str) -> bool:
    return name == wanted or name.endswith(f".{wanted}")


def _tensors(content: Mapping[Any, Any]) -> dict[str, Tensor]:
    return {
        str(name).replace(COMPILED, ""): value for name, value in content.items() if isinstance(value, Tensor)
    }


def _read(file: Path) -> Any:
    if not file.is_file():
        raise InputError(f"weights: file {file} does not exist")
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


def _full(value: Tensor) -> Tensor:
    value = value.detach().cpu()
    return (value.float() if value.is_floating_point() else value).contiguous()


def _misfit(
    bare: Mapping[str, Tensor], kept: Mapping[str, Tensor], wanted: Shapes, architecture: set[str]
) -> str | None:
    """Say the first thing that keeps weights from fitting; None where they fit."""
    if wanted and not kept:
        return f"has no parameter in common with the architecture (its first is {next(iter(bare), None)})"
    missing = [name for name in wanted if name not in kept]
    if missing:
        return f"lacks {missing[0]}" + (f" and {len(missing) - 1} more" if missing[1:] else "")
    for name, value in kept.items():
        if tuple(value.shape) != wanted[name]:
            return f"has {name} of shape {tuple(value.shape)}, the architecture {wanted[name]}"
    parts = {name.partition(".")[0] for name in wanted}
    further = [
        name
        for name in bare
        if name.partition(".")[0] in parts and name not in architecture and COUNTER not in name
    ]
    if further:
        return f"has {further[0]}, which the architecture has not"
    broken = [n for n, value in kept.items() if value.is_floating_point() and not value.isfinite().all()]
    return f"has values that are no numbers in {broken[0]}" if broken else None
