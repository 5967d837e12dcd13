"""``taskaffinity examples``: the configs to begin with."""

import json
import re
from pathlib import Path
from typing import Annotated

import typer

PACKAGE = Path(__file__).parents[1]
IN_WHEEL, IN_CHECKOUT = PACKAGE / "_examples", PACKAGE.parent / "examples"


def command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Copy them here; left out, they are listed.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the examples, or copy them into a folder.

    \b
    Examples:
      taskaffinity examples
      taskaffinity examples examples
      taskaffinity run examples/tiny.yaml
    """
    from taskaffinity.cli.progress import out

    configs = [file for file in example_files() if file.suffix == ".yaml"]
    if folder is not None:
        copy_to(folder)
    if as_json:
        out(json.dumps([{"name": file.stem, "text": purpose_of(file)} for file in configs]))
    elif folder is None:
        out("\n".join(f"{file.stem:<12}{first_sentence(purpose_of(file))}" for file in configs))


def example_files() -> list[Path]:
    """Return the files of the examples, in a checkout or an installed package."""
    place = IN_WHEEL if IN_WHEEL.is_dir() else IN_CHECKOUT
    return sorted(file for file in place.iterdir() if file.suffix in (".yaml", ".py"))


def purpose_of(config: Path) -> str:
    """Return the sentences at the head of a config, up to the first command."""
    lines: list[str] = []
    for line in config.read_text("utf-8").splitlines():
        words = line.removeprefix("#").strip()
        if not line.startswith("#") or not words:
            break
        lines.append(words)
    return " ".join(lines)


def first_sentence(text: str) -> str:
    """Return a text up to the end of its first sentence."""
    return re.split(r"(?<=[.?]) (?=[A-Z])", text, maxsplit=1)[0]


def copy_to(folder: Path) -> None:
    """Copy the examples into a folder.

    Raises
    ------
    InputError
        A file of such a name is there and has other content; nothing was copied.
    WriteError
        The folder cannot be written.
    """
    from taskaffinity.errors import InputError
    from taskaffinity.runs.files import write_atomically
    from taskaffinity.text import one_line

    contents = {folder / file.name: file.read_bytes() for file in example_files()}
    for file, content in contents.items():
        if file.exists() and (not file.is_file() or file.read_bytes() != content):
            raise InputError(f"{one_line(file)} is there already; choose another folder")
    for file, content in contents.items():
        write_atomically(file, content)
