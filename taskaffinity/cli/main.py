"""The ``taskaffinity`` program: its commands, and how an error becomes one line and an exit status."""

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, TextIO, cast

import typer

from taskaffinity import __version__
from taskaffinity.cli import (
    affinity,
    certainty,
    compare,
    curve,
    data,
    domains,
    estimate,
    examples,
    groups,
    measure,
    prices,
    report,
    run,
    solve,
    sources,
    status,
    table,
    tasks,
    tree,
    verify,
)
from taskaffinity.errors import TaskAffinityError
from taskaffinity.text import PrintableStream, printable

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130

app = typer.Typer(
    name="taskaffinity",
    help="Measure how vision tasks transfer to one another, and decide which are worth supervising.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for command in (
    run, status, affinity, solve, curve, certainty, prices, measure, estimate, groups, domains, tree,
    compare, report, table, verify, examples,
):  # fmt: skip
    app.command(name=command.__name__.rsplit(".", 1)[-1])(command.command)
app.add_typer(tasks.app, name="tasks")
app.add_typer(sources.app, name="sources")
app.add_typer(data.app, name="data")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"taskaffinity {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error (works after any command too).")
    ] = False,
) -> None:
    """Measure how vision tasks transfer to one another, and decide which are worth supervising."""


def main(argv: list[str] | None = None) -> int:
    """Run the program and return its exit status.

    Parameters
    ----------
    argv
        Arguments without the program's name; those of the process by default.

    Returns
    -------
    int
        0 done, 1 failed, 2 wrong usage or bad input, 130 interrupted.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    with _printable_output():
        return _run(arguments, debug)


@contextmanager
def _printable_output() -> Iterator[None]:
    """Escape control characters and whatever the encoding cannot represent in all output."""
    before = sys.stdout
    sys.stdout = cast(TextIO, PrintableStream(before))
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), before.fileno())
    finally:
        sys.stdout = before


def _run(arguments: list[str], debug: bool) -> int:
    try:
        status = int(app(args=arguments, standalone_mode=False, prog_name="taskaffinity") or 0)
        if status == EXIT_INTERRUPTED:  # typer turns Ctrl-C into this status, and says nothing
            raise KeyboardInterrupt
        return status
    except (KeyboardInterrupt, typer.Abort):
        return _fail("interrupted; run the same command again to go on", EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    except Exception as error:
        if debug:
            traceback.print_exc()
        return _fail(*_described(error))


def _described(error: Exception) -> tuple[str, int]:
    """Say an error in words and as an exit status."""
    if isinstance(error, TaskAffinityError):
        return str(error), error.exit_code
    usage = getattr(error, "format_message", None)  # the parser's own errors: wrong words on the line
    if usage is not None:
        return usage(), EXIT_USAGE
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}", EXIT_FAILED
    return f"{type(error).__name__}: {error} (--debug shows where)", EXIT_FAILED


def _fail(message: str, status: int) -> int:
    if message.startswith("Usage:"):  # the help of a command that was given nothing to do
        print(message, file=sys.stderr)
    else:
        print("error: " + printable(" ".join(message.split())), file=sys.stderr)
    return status
