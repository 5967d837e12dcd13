"""Write the parts of the documentation that are read off the code: config keys, commands, options.

Run ``python docs/reference.py`` after a change to either; ``tests/test_docs.py`` fails until it was done.
Each part stands between ``<!-- reference: NAME -->`` and ``<!-- end -->`` and is replaced whole.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel
from typer.main import get_command

from taskaffinity.cli.main import app
from taskaffinity.config import DATA_SECTIONS, Config

DOCS = Path(__file__).parent
PART = re.compile(r"(<!-- reference: (?P<name>[a-z -]+) -->\n).*?(<!-- end -->)", re.DOTALL)
PLACES = {bool: "", str: "TEXT", int: "N", float: "NUMBER", Path: "PATH"}
KINDS = {str: "text", bool: "`true`, `false`", int: "whole number", float: "number", Path: "path"}
BOUNDS = {"ge": "from", "gt": "above", "le": "to", "lt": "below", "multiple_of": "in steps of"}


def filled(text: str) -> str:
    """Return a document with every generated part updated.

    Raises
    ------
    KeyError
        A part names something that is not in the code.
    """
    known = parts()
    return PART.sub(lambda found: found[1] + "\n" + known[found["name"]]() + "\n" + found[3], text)


def parts() -> dict[str, Callable[[], str]]:
    """Give what writes each part, by its name."""
    sections = {f"config {name}": lambda s=section: keys_of(s) for name, section in config_sections().items()}
    programs = {f"command {words}": lambda c=command: options_of(c) for words, command in commands().items()}
    return {**sections, **programs}


def config_sections() -> dict[str, type[BaseModel]]:
    """Name every section of a configuration: ``top`` for the keys beside them, ``data KIND`` for the data."""
    found: dict[str, type[BaseModel]] = {"top": Config}
    for name, field in Config.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            found[name] = field.annotation
    return found | {f"data {kind}": section for kind, section in DATA_SECTIONS.items()}


def keys_of(section: type[BaseModel]) -> str:
    """Write the keys of one section as a table; those that are sections themselves are left out."""
    lines = ["| key | values | default | what it is |", "| --- | --- | --- | --- |"]
    for name, hint in get_type_hints(section, include_extras=True).items():
        field = section.model_fields.get(name)
        if field is None or (section is Config and (name == "data" or name in config_sections())):
            continue
        default = "needed" if field.is_required() else plain(field.get_default(call_default_factory=True))
        said = field.description or "chooses these keys"
        lines.append(f"| `{name}` | {values_of(hint, field.metadata)} | {default} | {said} |")
    return "\n".join(lines)


def values_of(hint: Any, limits: Iterable[Any] = ()) -> str:
    """Say which values an annotation takes, its own limits and those of its field together."""
    if get_origin(hint) is Annotated:
        inner, *extras = get_args(hint)
        return values_of(inner, [*limits, *extras])
    if get_origin(hint) is Literal:
        return ", ".join(f"`{value}`" for value in get_args(hint))
    if get_origin(hint) is dict:
        return "mapping"
    if get_origin(hint) in (list, tuple):
        return f"list: {values_of(get_args(hint)[0])}"
    options = [option for option in get_args(hint) if option is not type(None)]
    if options:
        return values_of(options[0], limits)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return f"a section of {hint.model_fields['kind'].annotation.__args__[0]!r}"  # type: ignore[union-attr]
    return KINDS[hint] + range_of(limits)


def range_of(limits: Iterable[Any]) -> str:
    """Say the bounds of a number in words."""
    every = [one for limit in limits for one in getattr(limit, "metadata", [limit])]
    said = {
        f" {word} {bound:g}": None
        for name, word in BOUNDS.items()
        for limit in every
        if (bound := getattr(limit, name, None)) is not None
    }
    return "".join(said)


def plain(value: Any) -> str:
    """Write a default as YAML would have it; a dash where none means something of its own."""
    if value is None or value in ([], {}):
        return "–"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def commands() -> dict[str, Any]:
    """Return every command by its words."""
    found: dict[str, Any] = {}
    for name, command in sorted(get_command(app).commands.items()):  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
        found |= {f"{name} {inner}": c for inner, c in sorted(below.items())} if below else {name: command}
    return found


def options_of(command: Any) -> str:
    """Write the arguments and options of one command as a table."""
    lines = ["| argument or option | what it is |", "| --- | --- |"]
    lines += [f"| `{name}` | {escaped(help_of(parameter))} |" for name, parameter in parameters_of(command)]
    return "\n".join(lines)


def parameters_of(command: Any) -> Iterator[tuple[str, Any]]:
    """Yield each parameter of a command with its name and what it takes, arguments first."""
    hints = get_type_hints(inspect.unwrap(command.callback))
    for parameter in command.params:
        kind = parameter.metavar or taken_by(hints.get(parameter.name, str))
        if parameter.param_type_name == "argument":
            yield escaped(parameter.metavar or str(parameter.name).upper()), parameter
        elif "--help" not in parameter.opts:
            names = " / ".join([*parameter.opts, *parameter.secondary_opts])
            yield names if parameter.is_flag else f"{names} {escaped(kind)}", parameter


def taken_by(hint: Any) -> str:
    """Name what an option takes, from the annotation of its parameter."""
    if get_origin(hint) is Literal:
        return "|".join(map(str, get_args(hint)))
    inner = [option for option in get_args(hint) if option is not type(None)]
    return taken_by(inner[0]) if inner else PLACES[hint]


def help_of(parameter: Any) -> str:
    """Return the help of a parameter with its default, on one line."""
    said = " ".join((parameter.help or "").split())
    shown = parameter.default is not None and not parameter.required and not parameter.is_flag
    if not shown or "[default:" in said or parameter.default in ((), []):
        return said + (" Needed." if parameter.required else "")
    return f"{said} [default: {parameter.default}]"


def escaped(text: str) -> str:
    """Keep a bar from ending the cell of a table."""
    return text.replace("|", "\\|")


def main() -> None:
    """Update every document of this folder."""
    for file in sorted(DOCS.glob("*.md")):
        before = file.read_text("utf-8")
        after = filled(before)
        if after != before:
            file.write_text(after, "utf-8")
            print(f"{file.name} was updated")


if __name__ == "__main__":
    main()
