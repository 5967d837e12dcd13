"""Jobs that know no vision: to try the engine with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from taskaffinity.engine.job import UNWEIGHED, Job, Load
from taskaffinity.engine.result import Result


@dataclass(frozen=True, kw_only=True)
class PlainJob(Job):
    """Does nothing; its worker or its executor decides what comes of it."""

    def perform(self, worker: Any) -> Result:
        return Result()


def load(seconds: float | None) -> Load:
    return UNWEIGHED if seconds is None else Load(seconds=seconds)


def making(name: str, identity: str = "id", seconds: float | None = None, kind: str = "source") -> PlainJob:
    """A job that makes a source."""
    return PlainJob(
        name=f"{kind}:{name}", kind=kind, identity=identity, makes=name, load=load(seconds)
    )  # fmt: skip


def encoding(source: str, target: str, identity: str = "id", seconds: float | None = None) -> PlainJob:
    """A job that leaves nothing in the run folder."""
    return PlainJob(
        name=f"encode:{source}:{target}", kind="encode", identity=identity, reads=(source,),
        needs=frozenset({f"source:{source}"}), load=load(seconds),
    )  # fmt: skip


def reading(
    sources: str | Sequence[str], target: str, identity: str = "id", seconds: float | None = None
) -> PlainJob:
    """A job that makes a cell out of sources."""
    names = (sources,) if isinstance(sources, str) else tuple(sources)
    joined = "+".join(names)
    return PlainJob(
        name=f"transfer:{joined}:{target}", kind="transfer", identity=identity, reads=names,
        needs=frozenset(f"source:{name}" for name in names), cells=((target, joined),),
        group=(target, len(names)), load=load(seconds),
    )  # fmt: skip
