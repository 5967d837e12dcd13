"""A hash of what Python code does: comments, docstrings and layout do not count.

The canonical form is our own walk over the syntax tree. `ast.dump` is not stable: it writes other fields in
other versions of Python (3.12 added ``type_params``, 3.13 leaves empty fields out).
"""

import ast
import hashlib
from collections.abc import Iterator

_IGNORED = frozenset({"ctx", "kind", "type_comment", "type_ignores"})  # they change nothing that runs


def fingerprint(source: str) -> str:
    """Hash what Python source does.

    Parameters
    ----------
    source
        The text of a module.

    Returns
    -------
    str
        16 hexadecimal digits, the same in every supported version of Python. Statements without effect
        (docstrings, ``pass``, ``...``) do not count.

    Raises
    ------
    SyntaxError
        The text is not Python.
    """
    digest = hashlib.sha256()
    for piece in _canonical(ast.parse(source)):
        digest.update(piece.encode())
    return digest.hexdigest()[:16]


def _canonical(value: object) -> Iterator[str]:
    """Write a node, a list of them or a plain value; fields that are empty are left out."""
    match value:
        case ast.JoinedStr():
            yield from _canonical_fields("JoinedStr", {"values": _joined(value.values)})
        case ast.Constant():
            yield f"Constant({_constant(value.value)})"
        case ast.AST():
            fields = {name: getattr(value, name, None) for name in value._fields if name not in _IGNORED}
            yield from _canonical_fields(type(value).__name__, fields)
        case list():
            yield "["
            for item in value:
                yield from _canonical(item)
                yield ","
            yield "]"
        case _:
            yield _constant(value)


def _canonical_fields(kind: str, fields: dict[str, object]) -> Iterator[str]:
    yield f"{kind}("
    for name in sorted(fields):
        value = fields[name]
        if isinstance(value, list):
            value = [item for item in value if not _has_no_effect(item)]
        if value is not None and value != []:
            yield f"{name}="
            yield from _canonical(value)
            yield ";"
    yield ")"


def _has_no_effect(node: object) -> bool:
    """Tell a docstring, an ellipsis or ``pass``."""
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _joined(parts: list[ast.expr]) -> list[object]:
    """Merge neighbouring texts of an f-string; versions of Python cut them at different places."""
    merged: list[object] = []
    for part in parts:
        if not (isinstance(part, ast.Constant) and isinstance(part.value, str)):
            merged.append(part)
        elif merged and isinstance(merged[-1], str):
            merged[-1] += part.value
        elif part.value:
            merged.append(part.value)
    return merged


def _constant(value: object) -> str:
    """Write a constant so that its type shows; ASCII, for what is printable differs between versions."""
    if isinstance(value, tuple | frozenset):
        return f"{type(value).__name__}({','.join(sorted(map(_constant, value)))})"
    written = hex(value) if isinstance(value, int) and not isinstance(value, bool) else ascii(value)
    return f"{type(value).__name__}:{written}"
