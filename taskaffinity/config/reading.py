"""Reading a configuration: YAML, settings over it, and every fault in one line."""

import reprlib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from taskaffinity.config.data import data_kind
from taskaffinity.config.domains import DATA_SECTIONS
from taskaffinity.config.sections import Config
from taskaffinity.config.typed_yaml import YamlError, read_setting, read_yaml, types_below
from taskaffinity.errors import ConfigError

SHOWN = 80  # characters of a value that a fault shows
FAULTS = 20  # faults that are said at once

RECORDED = "packages"  # a run folder's config records versions under this key; they are not read back


def load(path: Path | None = None, overrides: Iterable[str] = ()) -> Config:
    """Read and validate a configuration.

    Parameters
    ----------
    path
        A YAML file; all defaults when left out.
    overrides
        ``key.path=value`` settings that win over the file; values are of the type of their key, or YAML.

    Raises
    ------
    ConfigError
        Every fault that was found, each with the path of its key.
    """
    content = _read(path) if path else {}
    for override in overrides:
        _set(content, override)
    return parse(content, str(path) if path else "config")


def parse(content: Mapping[str, Any], origin: str = "config") -> Config:
    """Validate plain values as a configuration; all faults are reported at once."""
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        faults = error.errors()
        more = [f"and {len(faults) - FAULTS} faults more"] if len(faults) > FAULTS else []
        raise ConfigError([*map(_describe, faults[:FAULTS]), *more], origin) from None


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise ConfigError(
            ["no such file; give a YAML config (see `taskaffinity examples`), or none for the default run"],
            str(path),
        )
    try:
        content = read_yaml(path.read_bytes(), [Config])
    except YamlError as error:
        raise ConfigError([str(error)], str(path)) from None
    except OSError as error:
        raise ConfigError([f"cannot be read ({error.strerror})"], str(path)) from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(["must be a mapping of keys to values"], str(path))
    # A section whose keys are all commented out is empty, and takes the defaults.
    return {key: value for key, value in content.items() if key != RECORDED and value is not None}


def _set(content: dict[str, Any], override: str) -> None:
    key, separator, value = override.partition("=")
    parts = key.strip().split(".")
    if not separator or not all(parts):
        raise ConfigError([f"--set takes KEY=VALUE, as in --set data.path=frames; got {override!r}"])
    *parents, leaf = parts
    node: dict[str, Any] = content
    types: list[Any] = [Config]
    for parent in parents:
        node, types = node.setdefault(parent, {}), types_below(types, parent)
        if not isinstance(node, dict):
            raise ConfigError([f"{key}: {parent} is a value, it has no keys below it"])
    try:
        node[leaf] = read_setting(value, types_below(types, leaf))
    except YamlError as error:
        raise ConfigError([f"{key}: {value[:SHOWN]!r} is not a YAML value ({error})"]) from None


def _shown(value: object) -> str:
    """Format a value for an error message, truncated if it is long."""
    limits = reprlib.Repr()
    limits.maxlevel, limits.maxdict, limits.maxlist, limits.maxstring, limits.maxother = 2, 3, 4, SHOWN, SHOWN
    return limits.repr(value)


def _describe(fault: Any) -> str:
    """Say one fault in one line: the path of its key, what is wrong, and what was given."""
    kinds, path = _without_tag([str(part) for part in fault["loc"]])
    key = ".".join(path) or "config"
    match fault["type"]:
        case "extra_forbidden":
            return f"{key}: unknown key{_nearest(path, kinds)}"
        case "missing":
            return f"{key}: is needed; set it in the file or with --set {key}=..."
        case "value_error":
            return f"{key}: {str(fault['ctx']['error'])[: 3 * SHOWN]}"
        case "unknown_kind":
            return f"{key}.kind: {fault['msg']}, got {_shown(data_kind(fault['input']))}"
        case "model_type":
            return f"{key}: must be a mapping of keys to values, got {_shown(fault['input'])}"
    said = fault["msg"].replace("Input should", "must", 1)
    return f"{key}: {said[0].lower()}{said[1:]}, got {_shown(fault['input'])}"


def _without_tag(path: list[str]) -> tuple[list[type[BaseModel]], list[str]]:
    """Remove the kinds of data that pydantic adds to a path; return the innermost section and the path."""
    if path[:1] == ["data"] and len(path) > 1 and path[1] in DATA_SECTIONS:
        section, path = DATA_SECTIONS[path[1]], [path[0], *path[2:]]
        if path[1:2] == ["domains"] and len(path) > 3 and path[3] in DATA_SECTIONS:
            section, path = DATA_SECTIONS[path[3]], [*path[:3], *path[4:]]
        return [section], path
    return list(DATA_SECTIONS.values()), path


def _nearest(path: list[str], kinds: list[type[BaseModel]]) -> str:
    """Suggest the known key nearest to an unknown one, or list the known keys."""
    *parents, leaf = path
    sections: list[type[BaseModel]] = [Config]
    for parent in parents:
        if parent == "data":
            sections = kinds
        elif path[:2] != ["data", "domains"]:
            sections = [s for inner in sections for s in _below(inner, parent)]
    keys = sorted({name for section in sections for name in section.model_fields})
    near = get_close_matches(leaf, keys, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there are {', '.join(keys)}" if keys else ""


def _below(section: type[BaseModel], key: str) -> list[type[BaseModel]]:
    field = section.model_fields.get(key)
    annotation = field.annotation if field else None
    return [annotation] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else []
