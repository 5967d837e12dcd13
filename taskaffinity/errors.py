"""Errors with a name, each saying in one line what is wrong and what to do about it."""

from collections.abc import Iterable


class TaskAffinityError(Exception):
    """Work that could not be done; the command line exits with status 1."""

    exit_code = 1


class InputError(TaskAffinityError):
    """Something the user gave cannot be used; the command line exits with status 2."""

    exit_code = 2


class ConfigError(InputError):
    """One or more faults in a configuration, each with the path of its key."""

    def __init__(self, faults: Iterable[str], origin: str = "config") -> None:
        self.faults = list(faults)
        self.origin = origin
        super().__init__(f"{origin}: " + "; ".join(self.faults))

    def __reduce__(self) -> tuple[type["ConfigError"], tuple[list[str], str]]:
        """Pickle by what it is made from, so that it crosses processes whole."""
        return type(self), (self.faults, self.origin)


class DataError(InputError):
    """A data set that is missing, empty or not in the layout that was asked for."""


class TaskError(InputError):
    """A task that is unknown, declared twice, or declared wrongly."""


class SourceError(InputError):
    """A kind of source that is unknown or wrongly written, or sources that leave nothing to measure."""


class TableError(InputError):
    """A table of losses, affinities or win rates that cannot be read as one."""


class RunError(InputError):
    """A run folder that is missing, incomplete for what was asked, or of another version."""


class RunLockedError(RunError):
    """A run folder on which another process is working."""


class WriteError(TaskAffinityError):
    """A result that could not be written, for example because the disk is full."""


class InfeasibleError(InputError):
    """A Boolean program with no solution; says which constraint, and what budget would do."""


class SolverError(TaskAffinityError):
    """A solver that stopped without a verified solution."""


class WorkerError(TaskAffinityError):
    """A job that failed, or whose worker died, more often than it may."""
