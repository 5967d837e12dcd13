"""Signals as a terminal sets them up, whatever the tests were started from."""

import signal


def default_interrupt() -> None:
    """Let SIGINT interrupt the process again: nohup, cron and some CI systems start theirs with it ignored.

    For ``preexec_fn``: an ignored signal stays ignored across ``exec``, and Python then sets no handler.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
