"""Where jobs run; one executor a file."""

from taskaffinity.schedule.executors.base import Executor, Finished

__all__ = ["Executor", "Finished"]
