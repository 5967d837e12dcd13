"""What the jobs of a run have in common, beyond `taskaffinity.engine.job.Job`."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass

from taskaffinity.config import Config
from taskaffinity.engine.job import Job
from taskaffinity.sources import Source
from taskaffinity.tasks import Task
from taskaffinity.training.workload import Counts, Work


@dataclass(frozen=True)
class Setup:
    """What the load of a job depends on.

    Attributes
    ----------
    config
        The run's configuration.
    tasks, sources
        By name.
    counts
        How much data there is.
    """

    config: Config
    tasks: Mapping[str, Task]
    sources: Mapping[str, Source]
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class RunJob(Job):
    """A job of a run, which can be weighed."""

    @abstractmethod
    def work(self, setup: Setup) -> Work:
        """Return what the job costs."""

    def kept_values(self, setup: Setup) -> int:
        """Count the float32 values that it leaves in the cache of encodings."""
        return 0
