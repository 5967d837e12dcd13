"""Where jobs run; one executor a file."""

from taskaffinity.engine.executors.base import Executor, Finished, Opens, Performer, in_one_line

__all__ = ["Executor", "Finished", "Opens", "Performer", "in_one_line"]
