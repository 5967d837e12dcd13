"""Processes: the number of cores, and workers that ignore Ctrl-C and end with their parent."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import connection, parent_process, resource_tracker


@contextmanager
def held_interrupt() -> Iterator[None]:
    """Hold Ctrl-C back while a process is started, so that the child starts with it blocked.

    A terminal sends the signal to the parent and to all children; a child that is still importing would print
    a traceback. The parent gets the signal when the block ends.
    """
    resource_tracker.ensure_running()  # its start would let Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def serve_parent() -> None:
    """Ignore Ctrl-C in this process, and end it when its parent is gone, even if that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    if parent is None:
        return
    sentinel = parent.sentinel

    def watch() -> None:
        connection.wait([sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def cores() -> int:
    """Count the processor cores that this process may use; all of the machine where no limit can be read."""
    if hasattr(os, "sched_getaffinity"):  # Linux; macOS and Windows have no such limit
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
