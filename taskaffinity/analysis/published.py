"""Taskonomy's published results: pickled dictionaries ``"s1__s2__…__target" → number``.

A pickle can run any code when it is read. These files need only NumPy scalars, so the unpickler here builds
plain Python numbers from their bytes itself, and refuses everything else by name; not even NumPy's own
constructors run.
"""

import math
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from taskaffinity.analysis.names import SCRATCH, fault_of, join
from taskaffinity.errors import TableError

if TYPE_CHECKING:
    import pandas as pd

SEPARATOR = "__"
PIXELS = "pixels"  # Taskonomy's name for the network trained from scratch on the transfer split

_NUMBER_KINDS = "fiu"  # float, signed and unsigned integer
_BYTE_ORDERS: dict[str, Literal["<", ">", "="]] = {"<": "<", ">": ">", "=": "=", "|": "="}


def read_published(path: Path) -> dict[str, float]:
    """Read one of the published files.

    Parameters
    ----------
    path
        A pickle of a dictionary with keys ``"s1__…__target"`` and NumPy or Python numbers as values.

    Returns
    -------
    dict
        The keys as they are, with finite Python floats.

    Raises
    ------
    TableError
        The file is not there, is not a pickle, holds anything but numbers, or holds NaN or infinity.
    """
    try:
        with Path(path).open("rb") as stream:
            content = _NumbersOnly(stream).load()
    except OSError as error:
        raise TableError(f"{path} cannot be read ({error.strerror}); give a published .pkl file") from None
    except _RefusedError as error:
        raise TableError(
            f"{path} holds {error}; only dictionaries of numbers are read, convert it to CSV"
        ) from None
    except Exception as error:  # a damaged pickle can raise nearly anything
        reason = str(error) or type(error).__name__
        raise TableError(f"{path} is not a whole pickle ({reason}); fetch the file again") from None
    if not isinstance(content, dict):
        raise TableError(
            f"{path} holds a {type(content).__name__}, not a dictionary; give a published result file"
        )
    if not content:
        raise TableError(f"{path} holds an empty dictionary; give a published result file")
    return {_checked_key(key, path): _checked_number(key, number, path) for key, number in content.items()}


def published_table(path: Path, value: str) -> "pd.DataFrame":
    """Read one of the published files as a table.

    Parameters
    ----------
    path
        The file.
    value
        What its numbers are, and the name of their column: ``affinity``, ``gain``, ``quality`` or ``loss``.

    Returns
    -------
    DataFrame
        Columns ``target``, ``sources`` and `value`, one row per transfer, in the order of the file.
        ``pixels`` becomes ``scratch``; other names stay Taskonomy's.

    Raises
    ------
    TableError
        As `read_published`; or two keys are the same transfer.
    """
    import pandas as pd

    rows: dict[tuple[str, str], tuple[str, float]] = {}
    for key, number in read_published(path).items():
        *members, target = key.split(SEPARATOR)
        sources = join(SCRATCH if member == PIXELS else member for member in members)
        if fault := fault_of(sources):
            raise TableError(f"{path}: key {key!r} {fault}; remove or rename it")
        if (target, sources) in rows:
            raise TableError(
                f"{path}: keys {rows[target, sources][0]!r} and {key!r} are one transfer; keep one"
            )
        rows[target, sources] = key, number
    return pd.DataFrame({
        "target": [target for target, _ in rows], "sources": [sources for _, sources in rows],
        value: [number for _, number in rows.values()],
    })  # fmt: skip


def _checked_key(key: object, path: Path) -> str:
    if not isinstance(key, str):
        raise TableError(f"{path}: key {key!r} is not text; keys are 'source__target'")
    parts = key.split(SEPARATOR)
    if len(parts) < 2 or not all(parts):
        raise TableError(
            f"{path}: key {key!r} is not of the form 'source__target'; give a published result file"
        )
    return key


def _checked_number(key: object, number: object, path: Path) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TableError(
            f"{path}: the value of {key!r} is a {type(number).__name__}, not a number; remove it"
        )
    try:
        finite = math.isfinite(number)
    except OverflowError:
        finite = False
    if not finite:
        raise TableError(
            f"{path}: the value of {key!r} is {str(number)[:20]}, not a finite number; remove the key"
        )
    return float(number)


class _RefusedError(Exception):
    """Something in a pickle that is not a number."""


class _Kind:
    """Stands in for a NumPy dtype while a pickle is read; holds numbers only."""

    __slots__ = ("dtype",)

    def __init__(self, code: object) -> None:
        if not isinstance(code, str) or code[:1] not in _NUMBER_KINDS or not code[1:].isdigit():
            raise _RefusedError(f"NumPy values of kind {code!r}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        """Take the byte order from a dtype's state ``(version, order, None, None, None, -1, -1, 0)``."""
        order = state[1] if isinstance(state, tuple) and len(state) > 4 else None
        if order not in _BYTE_ORDERS or any(part is not None for part in state[2:5]):
            raise _RefusedError("a NumPy type that is not a plain number")
        self.dtype = self.dtype.newbyteorder(_BYTE_ORDERS[order])


class _NumbersOnly(pickle.Unpickler):
    """Reads dictionaries, lists, text and numbers; builds NumPy scalars itself."""

    def find_class(self, module: str, name: str) -> Any:
        """Return what may be called: our own constructors of scalars and dtypes, never anything else."""
        if (module, name) == ("numpy", "dtype"):
            return self._kind
        if (module, name) in {("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar")}:
            return self._scalar
        raise _RefusedError(f"{module}.{name}")

    def persistent_load(self, identity: object) -> Any:
        """Refuse objects kept outside the file."""
        raise _RefusedError("a reference to another file")

    def _kind(self, code: object, *flags: object) -> _Kind:
        return _Kind(code)

    def _scalar(self, kind: object, content: object = None) -> float:
        if (
            not isinstance(kind, _Kind)
            or not isinstance(content, bytes)
            or len(content) != kind.dtype.itemsize
        ):
            raise _RefusedError("a NumPy scalar that is not a plain number")
        return float(np.frombuffer(content, kind.dtype)[0])
