"""Jobs: what can be done by itself, who it waits for, and what changes its result."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from taskaffinity.config import SCHEMA_VERSION
from taskaffinity.data.derive import DERIVATIONS, in_order
from taskaffinity.tasks import Task
from taskaffinity.training.experiment import Experiment

RESULTS_VERSION = 6  # raised when networks or their training change, and the same settings give other losses

Kind = Literal["source", "random", "scratch", "constant", "encode", "transfer"]


@dataclass(frozen=True)
class Job:
    """One piece of work.

    Attributes
    ----------
    kind
        ``source`` trains a task's own network, ``random`` draws the untrained encoder, ``scratch`` and
        ``constant`` make the references of a target, ``encode`` fills the cache of encodings, ``transfer``
        trains one readout.
    sources
        The sources it uses, by name; for ``source`` and ``random`` the one it makes.
    target
        The target; for ``encode`` a task whose input transform is meant.
    identity
        A hash of what changes its result.
    waits_for
        Names of the jobs whose results it needs.
    cost
        Seconds that it is estimated to take; 1 in a plan that was not weighed.
    mates
        For ``transfer``, others of the same target and order that are done along with it; see `together`.
    """

    kind: Kind
    sources: tuple[str, ...]
    target: str | None
    identity: str
    waits_for: frozenset[str] = field(default_factory=frozenset)
    cost: float = 1.0
    mates: tuple["Job", ...] = ()

    @property
    def parts(self) -> tuple["Job", ...]:
        """The job alone and its mates, each by itself."""
        return (replace(self, mates=()), *self.mates)

    def goes_with(self, other: "Job") -> bool:
        """Tell whether two jobs can be done together: readouts of one target, from equally many sources."""
        return (
            self.kind == other.kind == "transfer"
            and self.target == other.target
            and len(self.sources) == len(other.sources)
        )

    @property
    def name(self) -> str:
        """Unique in a plan, and readable."""
        return f"{self.kind}:{'+'.join(self.sources)}" + (f":{self.target}" if self.target else "")

    @property
    def cell(self) -> tuple[str, str] | None:
        """Target and sources of the cell it makes, if it makes one by itself."""
        match self.kind:
            case "transfer":
                return str(self.target), "+".join(self.sources)
            case "scratch" | "constant":
                return str(self.target), self.kind
        return None


def together(jobs: Sequence[Job]) -> Job:
    """Join jobs that go with each other into one, which bears the name of the first."""
    first, *mates = jobs
    return replace(first, mates=tuple(mates))


def hashed(**parts: Any) -> str:
    """Hash plain values, with the versions of the schema and of the code that measures."""
    versions = {"schema": SCHEMA_VERSION, "results": RESULTS_VERSION}
    text = json.dumps({**versions, **parts}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


class Identities:
    """The hashes of sources and cells in one experiment; no path and nothing of the executor enters them.

    Weights that encoders start from count by their content, and for sources alone: references start from
    random ones.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        config = experiment.config
        self._common = {
            "data": experiment.data.identity,
            "splits": config.splits.model_dump(),
            "model": config.model.model_dump(exclude={"weights"}),
            "seed": config.seed,
        }

    def task(self, task: Task) -> dict[str, Any]:
        """Return what a task contributes: its code, and the versions of its derived channels."""
        derived = in_order(task.channels, self.experiment.data.provides)
        return {"code": task.fingerprint, "derived": {name: DERIVATIONS[name].version for name in derived}}

    def source(self, task: Task) -> str:
        """Hash what a task's own network depends on."""
        settings, initial = self.experiment.config.source.model_dump(), self.experiment.initial
        parts = {"weights": initial.identity} if initial else {}
        return hashed(kind="source", task=self.task(task), settings=settings, **parts, **self._common)

    def random(self) -> str:
        """Hash what the untrained encoder depends on."""
        return hashed(kind="random", **self._common)

    def scratch(self, task: Task) -> str:
        """Hash what the reference from scratch depends on."""
        config = self.experiment.config
        return hashed(
            kind="scratch", task=self.task(task), settings=config.scratch.model_dump(),
            images=config.transfer.images, **self._common,
        )  # fmt: skip

    def constant(self, task: Task) -> str:
        """Hash what the best constant guess depends on."""
        return hashed(kind="constant", task=self.task(task), **self._common)

    def transfer(self, sources: dict[str, str], target: Task) -> str:
        """Hash what a readout depends on, the identities of its sources among it."""
        settings = self.experiment.config.transfer.model_dump(exclude={"orders"})
        precision = self.experiment.config.source.precision  # encodings are made at it
        return hashed(
            kind="transfer", sources=sources, task=self.task(target), settings=settings,
            encoded_at=precision, **self._common,
        )  # fmt: skip
