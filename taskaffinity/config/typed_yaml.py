"""YAML whose values have the type of their key: a folder called ``2024-05-01`` or ``no`` is text.

A file is first composed into nodes, whose number aliases cannot multiply. Values are then made from the
nodes, with limits on their number and depth. Merge keys (``<<``) work as in YAML 1.1. A number that YAML 1.1
would read in base 8 or 60 (``010``, ``1:30``) stays text, which a key for numbers then refuses.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from pydantic import BaseModel

LARGEST = 1 << 18  # bytes of a file
VALUES = 10_000  # values that one file makes, those of aliases counted as often as they are used
DEPTH = 20  # sections in sections

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"
_PLAIN = ("null", "bool", "int", "float", "str", "timestamp", "value", "merge")
_PLAIN_TAGS = {f"{_TAG}{name}" for name in _PLAIN}
_BOOLS = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}
_NULLS = frozenset({"", "~", "null"})
_WHOLE = re.compile(r"[-+]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:_\d{3})+)", re.ASCII)
_BASED = re.compile(r"[-+]?0(?:x[0-9a-f]+|b[01]+|o[0-7]+)", re.ASCII | re.IGNORECASE)
_REAL = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
_SPECIAL = re.compile(r"[-+]?\.inf|\.nan", re.IGNORECASE)


class YamlError(ValueError):
    """Text that is not YAML, or YAML that is not supported; the message names the line."""


def read_yaml(content: bytes | str, types: Iterable[Any]) -> Any:
    """Read YAML as plain values.

    Parameters
    ----------
    content
        The file; bytes are UTF-8, or UTF-16 with its mark.
    types
        What may stand there: annotations, such as a model. Keys that they do not know have the types that
        YAML gives them.

    Returns
    -------
    Any
        Mappings with text as keys, lists, and plain values.

    Raises
    ------
    YamlError
        The text is no YAML, or too large, or uses what configurations do not (tags, several documents).
    """
    if len(content) > LARGEST:
        raise YamlError(f"larger than {LARGEST >> 10} KiB, which no configuration is")
    try:
        node = yaml.compose(content, yaml.SafeLoader)
    except RecursionError:
        raise YamlError("nested too deeply") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise YamlError(f"not YAML: {' '.join(str(error).split())[:300]}") from None
    return None if node is None else _Values().of(node, list(types), 0)


def read_setting(text: str, types: Iterable[Any]) -> Any:
    """Read the value of one key as it is given on a command line.

    Where the key takes text and nothing else, the whole text is the value, blanks and ``#`` among it, unless
    it is quoted; other keys are read as YAML.

    Raises
    ------
    YamlError
        As `read_yaml`.
    """
    leaves = list(_leaves(types))
    if _is_text(leaves):
        quoted = text.strip()
        if len(quoted) > 1 and quoted[0] == quoted[-1] and quoted[0] in "'\"":
            return read_yaml(quoted, types)
        if not (quoted.lower() in _NULLS and type(None) in leaves):
            return quoted
    return read_yaml(text, types)


def types_below(types: Iterable[Any], key: str) -> list[Any]:
    """Return the annotations that a key of a mapping may have."""
    below = []
    for leaf in _leaves(types):
        if isinstance(leaf, type) and issubclass(leaf, BaseModel):
            field = leaf.model_fields.get(key)
            below += [field.annotation] if field else []
        elif get_origin(leaf) in (dict, Mapping) and len(get_args(leaf)) == 2:
            below.append(get_args(leaf)[1])
    return below


class _Values:
    """Makes the values of one file, and counts them."""

    def __init__(self) -> None:
        self._made = 0

    def of(self, node: yaml.Node, types: list[Any], depth: int) -> Any:
        """Make the value of a node."""
        self._made += 1
        if self._made > VALUES:
            raise YamlError(f"its aliases make more than {VALUES} values{_where(node)}")
        if depth > DEPTH:
            raise YamlError(f"nested more than {DEPTH} deep{_where(node)}")
        match node:
            case yaml.MappingNode(tag="tag:yaml.org,2002:map"):
                pairs = self._pairs(node, depth)
                return {
                    key: self.of(value, types_below(types, key), depth + 1) for key, value in pairs.items()
                }
            case yaml.SequenceNode(tag="tag:yaml.org,2002:seq"):
                members = _member_types(types)
                return [self.of(member, members, depth + 1) for member in node.value]
            case yaml.ScalarNode() if node.tag in _PLAIN_TAGS:
                return _scalar(node, types)
        raise YamlError(f"the tag {node.tag.removeprefix(_TAG)!r} is not taken{_where(node)}")

    def _pairs(self, node: yaml.MappingNode, depth: int) -> dict[str, yaml.Node]:
        """Return the pairs of a mapping, those of its merge keys behind its own."""
        own: dict[str, yaml.Node] = {}
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(f"a key is not plain text{_where(key)}")
            if key.tag == _MERGE:
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
            elif key.value in own:
                raise YamlError(f"the key {key.value!r} is given twice{_where(key)}")
            else:
                own[key.value] = value
        for other in merged:
            if not isinstance(other, yaml.MappingNode) or depth > DEPTH:
                raise YamlError(f"<< merges the keys of another section, and this is none{_where(other)}")
            self._made += len(other.value)
            if self._made > VALUES:
                raise YamlError(f"its merge keys make more than {VALUES} values{_where(other)}")
            for name, value in self._pairs(other, depth + 1).items():
                own.setdefault(name, value)
        return own


def _scalar(node: yaml.ScalarNode, types: list[Any]) -> Any:
    """Make a plain value, text where the key takes nothing else."""
    text: str = node.value
    if node.style is not None or node.tag == f"{_TAG}str":
        return text
    leaves = list(_leaves(types))
    if text.lower() in _NULLS and (not text or not _is_text(leaves) or type(None) in leaves):
        return None
    if _is_text(leaves):
        return text
    if text.lower() in _BOOLS:
        return _BOOLS[text.lower()]
    if _WHOLE.fullmatch(text) and len(text) < 100:
        return int(text.replace("_", ""))
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _REAL.fullmatch(text) and not (text.lstrip("+-").isdigit() and text.lstrip("+-").startswith("0")):
        return float(text)
    return float(text.replace(".", "")) if _SPECIAL.fullmatch(text) else text


def _leaves(types: Iterable[Any]) -> Iterable[Any]:
    """Take annotations apart into the types they allow."""
    for kind in types:
        origin = get_origin(kind)
        if origin is Annotated:
            yield from _leaves(get_args(kind)[:1])
        elif origin in (Union, UnionType):
            yield from _leaves(get_args(kind))
        elif origin is Literal:
            yield from {type(value) for value in get_args(kind)}
        else:
            yield kind


def _is_text(leaves: list[Any]) -> bool:
    """Tell whether text alone, or nothing, may stand for a key."""
    kinds = set(map(id, leaves)) - {id(type(None))}
    return bool(kinds) and kinds <= {id(str), id(Path)}


def _member_types(types: Iterable[Any]) -> list[Any]:
    """Return the annotations of the members of a list."""
    members: list[Any] = []
    for leaf in _leaves(types):
        if get_origin(leaf) in (list, tuple, set, frozenset):
            members += [kind for kind in get_args(leaf) if kind is not Ellipsis]
    return members


def _where(node: yaml.Node) -> str:
    return f" (line {node.start_mark.line + 1})" if node.start_mark else ""
