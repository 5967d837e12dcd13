"""The identity of a transform: its kind, its parameters and, for a user's own, its code."""

import dataclasses
import hashlib
import inspect
import sys
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from pathlib import PurePath
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from taskaffinity.errors import TaskError

if TYPE_CHECKING:
    from taskaffinity.transforms.base import Transform

OURS = "taskaffinity."  # our own transforms are told by their parameters; RESULTS_VERSION has their code
ADDRESS = " at 0x"  # a `repr` that holds this tells objects apart, not their values


def identity_of(transform: "Transform | None") -> str:
    """Hash all that changes what a transform makes of an image.

    Parameters
    ----------
    transform
        Of a task; None where images are left as they are.

    Returns
    -------
    str
        16 hexadecimal digits, the same in every process; empty for None. It changes with the values of the
        parameters and, for a class that is not ours, with the code of the module that defines it and of
        what that module imports from its folder. Comments, docstrings and layout do not count.

    Raises
    ------
    TaskError
        A parameter has no value that can be told (a file, a generator), or the code cannot be read.
    """
    if transform is None:
        return ""
    return hashlib.sha256(_described(transform, with_code=True).encode()).hexdigest()[:16]


def described(transform: "Transform") -> str:
    """Write a transform with its parameters, as its `repr` does, and never with an address.

    The draws of a transform are seeded by this text, so that an edit of its code keeps them.
    """
    written = repr(transform)
    return written if ADDRESS not in written else _described(transform, with_code=False)


def _described(value: Any, with_code: bool, inside: tuple[int, ...] = ()) -> str:
    """Write a value; objects by their class and what they hold."""
    if id(value) in inside:
        raise TaskError("a transform holds itself among its parameters; it cannot be told by its values")

    def write(part: Any) -> str:
        return _described(part, with_code, (*inside, id(value)))

    match value:
        case None | bool() | int() | float() | complex() | str() | bytes() | PurePath():
            return repr(value)
        case Enum():
            return f"{_class(type(value), with_code)}.{value.name}"
        case np.ndarray() | np.generic():
            content = hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
            return f"array({value.dtype},{value.shape},{content})"
        case Mapping():
            return "{" + ",".join(sorted(f"{write(key)}:{write(part)}" for key, part in value.items())) + "}"
        case set() | frozenset():
            return "{" + ",".join(sorted(map(write, value))) + "}"
        case list() | tuple():
            return f"{type(value).__name__}({','.join(map(write, value))})"
        case type():
            return _class(value, with_code)
    if callable(value) and hasattr(value, "__code__"):
        return _function(value, with_code, write)
    if hasattr(value, "detach"):  # a tensor of torch
        return write(value.detach().cpu().numpy())
    return f"{_class(type(value), with_code)}({_parameters(value, write)})"


def _parameters(value: Any, write: Callable[[Any], str]) -> str:
    """Write what an object holds, by name."""
    slots = [name for base in type(value).__mro__ for name in getattr(base, "__slots__", ())]
    if dataclasses.is_dataclass(value):
        names: Iterable[str] = [field.name for field in dataclasses.fields(value)]
    elif hasattr(value, "__dict__") or slots:
        names = [name for name in sorted({*getattr(value, "__dict__", ()), *slots}) if hasattr(value, name)]
    elif ADDRESS not in repr(value):
        return repr(value)
    else:
        raise TaskError(
            f"a transform holds a {type(value).__name__}, which cannot be told by its value; "
            "give it numbers, text or arrays"
        )
    return ",".join(f"{name}={write(getattr(value, name))}" for name in names)


def _function(function: Any, with_code: bool, write: Callable[[Any], str]) -> str:
    """Write a function: its name, its module's code, and the values that it has closed over."""
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    code = _code(function.__module__) if with_code else ""
    return f"{function.__qualname__}{code}({','.join(map(write, [*cells, *defaults]))})"


def _class(kind: type, with_code: bool) -> str:
    code = _code(kind.__module__) if with_code else ""
    return f"{kind.__qualname__}{code}"


def _code(name: str) -> str:
    """Hash the code of a module; empty for ours and for those that come with Python and its packages."""
    from taskaffinity.tasks.meaning import fingerprint
    from taskaffinity.tasks.modules import CODE

    module = sys.modules.get(name)
    if name.startswith(OURS) or module is None or _is_installed(module):
        return ""
    if hasattr(module, CODE):
        return f"@{getattr(module, CODE)}"
    try:
        return f"@{fingerprint(inspect.getsource(module))}"
    except (OSError, TypeError, SyntaxError):
        raise TaskError(
            f"the code of module {name!r} cannot be read, so that changes of its transforms would not be "
            "seen; put it into a file of your task folder"
        ) from None


def _is_installed(module: ModuleType) -> bool:
    top = module.__name__.partition(".")[0]
    if top in sys.stdlib_module_names and top != "__main__":
        return True
    file = getattr(module, "__file__", None) or ""
    return "site-packages" in file or "dist-packages" in file
