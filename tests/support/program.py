"""The program as its users meet it: a process with arguments, two streams and an exit status."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from support.signals import default_interrupt

PATIENCE = 900  # seconds after which a test is hung, not slow


def run(*arguments: object, check: bool = False, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the program to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "taskaffinity", *map(str, arguments)],
        capture_output=True, text=True, env={**os.environ, **environment}, timeout=PATIENCE, check=False,
    )  # fmt: skip
    assert not check or done.returncode == 0, done.stderr
    return done


@contextmanager
def started(
    *arguments: object, preexec_fn: Callable[[], None] = lambda: None, **options: object
) -> "Iterator[subprocess.Popen[str]]":
    """Start the program in a process group of its own; whatever of it is left at the end is killed."""

    def prepare() -> None:
        default_interrupt()
        preexec_fn()

    process: subprocess.Popen[str] = subprocess.Popen(
        [sys.executable, "-m", "taskaffinity", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=prepare,
        **options,
    )  # type: ignore[call-overload]  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


def wait_until(condition: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Wait for something to become true, or for the process to end."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def group_of(process: "subprocess.Popen[str]") -> list[int]:
    """The living processes of the group that `start` made."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if fields[0] not in "ZX" and int(fields[2]) == process.pid:
            found.append(int(entry.parent.name))
    return found


def error_line(done: "subprocess.CompletedProcess[str]") -> str:
    """The one line that an error is said in: the only one, and no traceback."""
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("error: "), done.stderr
    return lines[0].removeprefix("error: ")
