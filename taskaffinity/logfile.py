"""The log of a run: what happened, line by line, in a file."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from taskaffinity.errors import WriteError


class _QuietFile(logging.FileHandler):
    """A log that cannot be written, for the disk is full, is no reason to stop or to print a traceback."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Lose the line."""


@contextmanager
def logging_to(file: Path) -> Iterator[None]:
    """Append the package's log to a file while the block runs.

    Raises
    ------
    WriteError
        The file cannot be opened.
    """
    try:
        handler = _QuietFile(file, encoding="utf-8")
    except OSError as error:
        raise WriteError(f"{file} cannot be written ({error.strerror}); mend that and run again") from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
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
