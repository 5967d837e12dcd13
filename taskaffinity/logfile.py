"""The log of a run: what happened, line by line, in a file."""

import io
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from taskaffinity.errors import WriteError
from taskaffinity.text import ESCAPES, printable


class _Lines(logging.Formatter):
    """A record begins with its time; further lines of it are indented, so that none looks like a record."""

    def format(self, record: logging.LogRecord) -> str:
        """Format one record."""
        return printable(super().format(record)).replace("\n", "\n    ")


class _QuietFile(logging.FileHandler):
    """A log file that is ignored if it cannot be written, for example because the disk is full."""

    def _open(self) -> io.TextIOWrapper:
        """Open the file for appending; a link in its place is an error."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        handle = os.open(self.baseFilename, flags, 0o644)
        return os.fdopen(handle, "a", encoding="utf-8", errors=ESCAPES)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Lose the line."""


@contextmanager
def logging_to(file: Path) -> Iterator[None]:
    """Append the package's log to a file while the block runs.

    Raises
    ------
    WriteError
        The file cannot be opened, or is a link.
    """
    try:
        handler = _QuietFile(file, encoding="utf-8")
    except OSError as error:
        raise WriteError(f"{file} cannot be written ({error.strerror}); see to that and run again") from None
    handler.setFormatter(_Lines("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("taskaffinity")
    before = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.level, logger.propagate = before
        logger.removeHandler(handler)
        with suppress(OSError):  # what was left in its buffer did not fit
            handler.close()
