"""Taskonomy's published results: pickled dictionaries ``"s1__s2__…__target" → number``.

A pickle can run any code when it is read. These files need only NumPy scalars, so the unpickler here builds
plain Python numbers from their bytes itself, and refuses everything else by name; not even NumPy's own
constructors run.
"""

import io
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from taskaffinity.analysis.opening import COMPRESSED, HEAD, refuse_foreign
from taskaffinity.errors import TableError
from taskaffinity.names import SCRATCH, fault_in, fault_of, join, shown, tidy, written

if TYPE_CHECKING:
    import pandas as pd

SEPARATOR = "__"
LIMIT = 1 << 28  # bytes of a file
PIXELS = "pixels"  # Taskonomy's name for the network trained from scratch on the transfer split

_NUMBER_KINDS = "fiu"  # float, signed and unsigned integer
_SIZES = frozenset({"1", "2", "4", "8", "16"})  # bytes
_BYTE_ORDERS: dict[str, Literal["<", ">", "="]] = {"<": "<", ">": ">", "=": "=", "|": "="}


def read_published(path: Path, python2: bool = False) -> dict[str, float]:
    """Read one of the published files.

    Parameters
    ----------
    path
        A pickle of a dictionary with keys ``"s1__…__target"`` and NumPy or Python numbers as values.
    python2
        Whether a file of Python 2 will do. Its text has no encoding, so that names may come out wrong; it is
        taken for UTF-8 where it is that, else for Latin-1.

    Returns
    -------
    dict
        The keys as they are, with finite Python floats.

    Raises
    ------
    TableError
        The file is not there, is not a pickle, is one of Python 2 and those will not do, holds anything but
        numbers, or holds NaN or infinity.
    """
    try:
        with Path(path).open("rb") as stream:
            pickled = stream.read(LIMIT + 1)
    except OSError as error:
        raise TableError(f"{path} cannot be read ({error.strerror}); give a published .pkl file") from None
    _refuse_unpickled(Path(path), pickled)
    try:
        reader = _NumbersOnly(io.BytesIO(pickled))
        content = reader.load()
    except _ForbiddenError as error:
        raise TableError(f"{path} holds {error}; {_advice(str(error))}") from None
    except Exception as error:  # a damaged pickle can raise nearly anything
        reason = shown(error) or type(error).__name__
        raise TableError(f"{path} is not a whole pickle ({reason}); fetch the file again") from None
    if reader.is_of_python2 and not python2:
        raise TableError(
            f"{path} was pickled by Python 2, whose text has no encoding; convert it with "
            f"`taskaffinity table {path} --out {Path(path).stem}.csv`, and look at the names"
        )
    if not isinstance(content, dict):
        raise TableError(
            f"{path} holds a {type(content).__name__}, not a dictionary; give a published result file"
        )
    if not content:
        raise TableError(f"{path} holds an empty dictionary; give a published result file")
    return _checked(content, path)


def published_table(path: Path, value: str, python2: bool = False) -> "pd.DataFrame":
    """Read one of the published files as a table.

    Parameters
    ----------
    path
        The file.
    value
        What its numbers are, and the name of their column: ``affinity``, ``gain``, ``quality`` or ``loss``.
    python2
        As for `read_published`.

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
    for key, number in read_published(path, python2).items():
        *members, target = map(tidy, key.split(SEPARATOR))
        sources = written(join(SCRATCH if member.lower() == PIXELS else member for member in members))
        if fault := fault_of(sources) or fault_in(target):
            raise TableError(f"{path}: key {shown(key)!r} {fault}; remove or rename it")
        if (target, sources) in rows:
            earlier = shown(rows[target, sources][0])
            raise TableError(f"{path}: keys {earlier!r} and {shown(key)!r} are one transfer; keep one")
        rows[target, sources] = key, number
    return pd.DataFrame({
        "target": [target for target, _ in rows], "sources": [sources for _, sources in rows],
        value: [number for _, number in rows.values()],
    })  # fmt: skip


def _refuse_unpickled(path: Path, content: bytes) -> None:
    """Raise `TableError` for what cannot be a pickle of the published results."""
    if len(content) > LIMIT:
        raise TableError(f"{path} is larger than {LIMIT >> 20} MiB; convert it to CSV or Parquet")
    if content.startswith(COMPRESSED):
        raise TableError(f"{path} is compressed; decompress it, then give the .pkl")
    if content and not content.startswith(b"\x80"):  # protocols 0 and 1 begin as text does
        refuse_foreign(path, content[:HEAD])


def _checked(content: dict[Any, Any], path: Path) -> dict[str, float]:
    """Return keys as text and values as floats."""
    values: dict[str, float] = {}
    for key, number in content.items():
        text = _checked_key(key, path)
        if text in values:
            raise TableError(f"{path}: key {shown(text)!r} stands there twice; keep one")
        values[text] = _checked_number(text, number, path)
    return values


def _checked_key(key: object, path: Path) -> str:
    text = _text(key)
    if text is None:
        raise TableError(f"{path}: key {shown(key)!r} is not text; keys are 'source__target'")
    parts = text.split(SEPARATOR)
    if len(parts) < 2 or not all(map(tidy, parts)):
        raise TableError(
            f"{path}: key {shown(text)!r} is not of the form 'source__target'; give a published result file"
        )
    return text


def _text(value: object) -> str | None:
    """Return text, that of Python 2 too, which comes as bytes; None where it is none."""
    if not isinstance(value, bytes):
        return value if isinstance(value, str) else None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _advice(refused: str) -> str:
    if refused.startswith("pandas."):
        return "a pickled frame can run code when it is read; write it with `frame.to_parquet(...)`"
    return "only dictionaries of numbers are read, convert it to CSV"


def _checked_number(key: object, number: object, path: Path) -> float:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise TableError(
            f"{path}: the value of {shown(key)!r} is a {type(number).__name__}, not a number; remove it"
        )
    try:
        finite = math.isfinite(number)
    except OverflowError:
        finite = False
    if not finite:
        raise TableError(
            f"{path}: the value of {shown(key)!r} is {str(number)[:20]}, not a finite number; remove the key"
        )
    return float(number)


class _ForbiddenError(Exception):
    """Something in a pickle that is not a number."""


class _DtypeCode:
    """Stands in for a NumPy dtype while a pickle is read; holds numbers only."""

    __slots__ = ("dtype",)

    def __init__(self, code: object) -> None:
        text = _text(code)
        if text is None or text[:1] not in _NUMBER_KINDS or text[1:] not in _SIZES:
            raise _ForbiddenError(f"NumPy values of kind {shown(text)!r}")
        try:
            self.dtype = np.dtype(text)
        except TypeError:
            raise _ForbiddenError(f"NumPy values of kind {shown(text)!r}") from None

    def __setstate__(self, state: Any) -> None:
        """Take the byte order from a dtype's state ``(version, order, None, None, None, -1, -1, 0)``."""
        order = _text(state[1]) if isinstance(state, tuple) and len(state) > 4 else None
        if order not in _BYTE_ORDERS or any(part is not None for part in state[2:5]):
            raise _ForbiddenError("a NumPy type that is not a plain number")
        self.dtype = self.dtype.newbyteorder(_BYTE_ORDERS[order])


class _Maker:
    """What a pickle may call; it holds nothing that a pickle could set."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[..., object]) -> None:
        self._make = make

    def __call__(self, *arguments: object) -> object:
        return self._make(*arguments)

    def __setstate__(self, state: object) -> None:
        raise _ForbiddenError("an object with a state")


def _scalar(kind: object, content: object = None) -> float:
    if (
        not isinstance(kind, _DtypeCode)
        or not isinstance(content, bytes)
        or len(content) != kind.dtype.itemsize
    ):
        raise _ForbiddenError("a NumPy scalar that is not a plain number")
    return float(np.frombuffer(content, kind.dtype)[0])


def _encoded(text: object, encoding: object = "latin1") -> bytes:
    """Make bytes as protocols 0 to 2 of Python 3 write them."""
    if not isinstance(text, str) or _text(encoding) != "latin1":
        raise _ForbiddenError("encoded text")
    return text.encode("latin-1")


_MAKERS: dict[tuple[str, str], Callable[..., object]] = {
    ("numpy", "dtype"): lambda code, *flags: _DtypeCode(code),
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("_codecs", "encode"): _encoded,
}


class _NumbersOnly(pickle._Unpickler):  # the one in C allots memory as a damaged file asks
    """Reads dictionaries, lists, text and numbers; builds NumPy scalars itself.

    Text of Python 2 is read as bytes, and `is_of_python2` says that there was some.
    """

    stack: list[Any]
    pop_mark: Callable[[], list[Any]]
    append: Callable[[object], None]
    dispatch: ClassVar[dict[int, Callable[..., None]]] = dict(pickle._Unpickler.dispatch)

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream, encoding="bytes")
        self.is_of_python2 = False

    def _decode_string(self, value: bytes) -> bytes:
        """Take text of Python 2; Python 3 never writes any."""
        self.is_of_python2 = True
        return value

    def find_class(self, module: str, name: str) -> Any:
        """Return what may be called: our own constructors of scalars and dtypes, never anything else."""
        if (module, name) not in _MAKERS:
            raise _ForbiddenError(shown(f"{module}.{name}"))
        return _Maker(_MAKERS[module, name])

    def persistent_load(self, pid: object) -> Any:
        """Refuse objects kept outside the file."""
        raise _ForbiddenError("a reference to another file")

    def load_setitem(self) -> None:
        """Put one pair into a dictionary."""
        value, key = self.stack.pop(), self.stack.pop()
        _put(self.stack[-1], [key, value])

    def load_setitems(self) -> None:
        """Put pairs into a dictionary."""
        items = self.pop_mark()
        _put(self.stack[-1], items)

    def load_dict(self) -> None:
        """Make a dictionary of pairs."""
        items = self.pop_mark()
        made: dict[object, object] = {}
        _put(made, items)
        self.append(made)

    def load_set(self) -> None:
        """Refuse sets: to hash what is nested deeply ends the process."""
        raise _ForbiddenError("a set")

    def load_buffer(self) -> None:
        """Refuse buffers: their room is made before their bytes are read."""
        raise _ForbiddenError("a buffer of bytes")

    dispatch[pickle.SETITEM[0]] = load_setitem
    dispatch[pickle.SETITEMS[0]] = load_setitems
    dispatch[pickle.DICT[0]] = load_dict
    for _opcode in (pickle.EMPTY_SET, pickle.ADDITEMS, pickle.FROZENSET):
        dispatch[_opcode[0]] = load_set
    for _opcode in (pickle.BYTEARRAY8, pickle.NEXT_BUFFER, pickle.READONLY_BUFFER):
        dispatch[_opcode[0]] = load_buffer


def _put(mapping: object, items: list[object]) -> None:
    """Put keys and values, one after the other, into a dictionary; keys are plain."""
    if not isinstance(mapping, dict):
        raise _ForbiddenError(f"items of a {type(mapping).__name__}")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if isinstance(key, tuple):
            raise _ForbiddenError("a key that is a tuple and is not text")
        mapping[key] = value
