"""A taxonomy: the labels to buy, the sources to use, and the transfer that each target takes."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from taskaffinity.analysis.plan.build import Problem
from taskaffinity.analysis.plan.items import COMPUTE, LABELS
from taskaffinity.analysis.plan.program import Program, sources_of
from taskaffinity.names import join

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd


@dataclass(frozen=True)
class Solution:
    """What a solver found.

    Attributes
    ----------
    bought
        bool (N,), the items to buy.
    bound
        No plan within the budgets has a higher objective.
    proven
        Whether the objective of `bought` is the highest.
    """

    bought: np.ndarray
    bound: float
    proven: bool


@dataclass(frozen=True)
class Transfer:
    """An edge of a taxonomy.

    Attributes
    ----------
    target
        The target.
    sources
        What it transfers from, sorted; the target itself where it uses its own network.
    affinity
        Higher is better; the affinity of `self` where the target uses its own network.
    gain, quality
        Win rates in [0, 1] against training from scratch and against full supervision; None where unknown.
    share
        Share of resamples whose taxonomy has this edge, in [0, 1]; None where none were drawn.
    """

    target: str
    sources: tuple[str, ...]
    affinity: float
    gain: float | None = None
    quality: float | None = None
    share: float | None = None

    def to_record(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "target": self.target, "sources": list(self.sources), "affinity": self.affinity,
            "gain": self.gain, "quality": self.quality, "share": self.share,
        }  # fmt: skip


@dataclass(frozen=True)
class Taxonomy:
    """The best plan found within its budgets.

    Attributes
    ----------
    status
        ``optimal``, or ``feasible`` where time ran out before a proof.
    objective_kind
        What was maximised.
    objective
        Its value.
    bound
        No plan within the budgets has a higher objective.
    budget, cost
        What the labels may cost, None for no limit, and do cost.
    compute, compute_used
        What running the encoders may cost, None for no limit, and does cost, None where that is not known.
    order
        The highest order that was allowed.
    sources
        The sources to have, sorted: those that a transfer uses, and those that are required.
    labels
        The share of the labels of each task to buy, in (0, 1].
    transfers
        One per target, sorted by target.
    """

    status: str
    objective_kind: str
    objective: float
    bound: float
    budget: float | None
    cost: float
    compute: float | None
    compute_used: float | None
    order: int
    sources: tuple[str, ...]
    labels: Mapping[str, float]
    transfers: tuple[Transfer, ...]

    @property
    def gap(self) -> float:
        """How far the objective can be from the best, relative to itself; 0 when optimal."""
        return (
            0.0
            if self.status == "optimal"
            else (self.bound - self.objective) / max(abs(self.objective), 1e-12)
        )

    @property
    def sources_used(self) -> tuple[str, ...]:
        """The sources that a transfer uses, sorted."""
        return tuple(sorted({name for transfer in self.transfers for name in transfer.sources}))

    @property
    def mean_gain(self) -> float | None:
        """Mean gain over the targets where it is known."""
        return _mean(transfer.gain for transfer in self.transfers)

    @property
    def mean_quality(self) -> float | None:
        """Mean quality over the targets where it is known."""
        return _mean(transfer.quality for transfer in self.transfers)

    def to_record(self) -> dict[str, Any]:
        """Return plain values, as ``docs/formats.md`` describes them.

        Where optimality was not proven, ``bound`` and ``gap`` stand beside the objective.
        """
        record = {
            "status": self.status, "objective_kind": self.objective_kind, "objective": self.objective,
            "budget": _plain(self.budget), "cost": _plain(self.cost),
            "compute": _plain(self.compute), "compute_used": _plain(self.compute_used), "order": self.order,
            "sources": list(self.sources), "sources_used": list(self.sources_used),
            "labels": dict(self.labels),
            "transfers": [transfer.to_record() for transfer in self.transfers],
            "mean_gain": self.mean_gain, "mean_quality": self.mean_quality,
        }  # fmt: skip
        if self.status != "optimal":
            record |= {"bound": self.bound if math.isfinite(self.bound) else None}
            record |= {"gap": self.gap if math.isfinite(self.gap) else None}
        return record

    def with_shares(self, shares: Mapping[tuple[str, str], float]) -> "Taxonomy":
        """Return it with the share of each edge, by target and joined sources, 0 where not named."""
        transfers = [
            replace(transfer, share=shares.get((transfer.target, join(transfer.sources)), 0.0))
            for transfer in self.transfers
        ]
        return replace(self, transfers=tuple(transfers))

    def graph(self) -> "nx.DiGraph":
        """Return the taxonomy as a graph.

        Nodes are tasks, with ``bought`` and ``target``. Edges go from each source of a transfer to its
        target, with ``affinity`` and ``order``, and of ``gain``, ``quality`` and ``share`` what is known. A
        target that is bought has no edge in; its affinity, gain and quality stand at the node.
        """
        import networkx as nx

        limits = {"budget": _plain(self.budget), "compute": _plain(self.compute)}
        graph = nx.DiGraph(
            objective=self.objective, objective_kind=self.objective_kind,
            **{name: limit for name, limit in limits.items() if limit is not None},
        )  # fmt: skip
        targets = {transfer.target for transfer in self.transfers}
        for name in sorted(targets | set(self.sources)):
            graph.add_node(name, bought=name in self.sources, target=name in targets)
        for transfer in self.transfers:
            known = {name: value for name in ("affinity", "gain", "quality", "share")
                     if (value := getattr(transfer, name)) is not None}  # fmt: skip
            if transfer.sources == (transfer.target,):
                graph.nodes[transfer.target].update(known)
                continue
            for source in transfer.sources:
                graph.add_edge(source, transfer.target, order=len(transfer.sources), **known)
        return graph

    def frame(self) -> "pd.DataFrame":
        """Return the transfers as a frame, one row a target; see `taskaffinity.runs.plan_view.frame_of`."""
        from taskaffinity.runs.plan_view import frame_of

        return frame_of(self)

    def _repr_html_(self) -> str:
        from taskaffinity.runs.plan_view import html_of

        return html_of(self)

    def write_graphml(self, path: Path) -> None:
        """Write `graph` as GraphML, whole."""
        import networkx as nx

        from taskaffinity.runs.files import write_atomically

        buffer = BytesIO()
        nx.write_graphml(self.graph(), buffer)
        write_atomically(Path(path), buffer.getvalue())


def taxonomy_of(problem: Problem, solution: Solution) -> Taxonomy:
    """Say in names what a solution chose; a source that no transfer uses is left out unless required."""
    program, capacity = problem.program, problem.capacity
    chosen = program.best(solution.bought)
    used = (program.members[chosen].sum(axis=0) > 0) | program.required
    labels: dict[str, float] = {}
    for source in np.flatnonzero(used):
        for task, share in problem.records[source].labels.items():
            labels[task] = max(share, labels.get(task, 0.0))
    return Taxonomy(
        status="optimal" if solution.proven else "feasible", objective_kind=program.objective,
        objective=float(program.value[chosen].sum()), bound=solution.bound,
        budget=_limit(capacity[LABELS]), cost=problem.cost_of(labels),
        compute=_limit(capacity[COMPUTE]), compute_used=_known(problem.computation[used].sum()),
        order=program.order, sources=tuple(np.array(program.sources)[used].tolist()),
        labels=dict(sorted(labels.items())), transfers=tuple(transfers_of(program, chosen)),
    )  # fmt: skip


def transfers_of(program: Program, chosen: np.ndarray) -> list[Transfer]:
    """Return the transfers of a policy: int (T,), one row of the program per target."""
    return [
        Transfer(
            program.targets[program.target[row]],
            tuple(sources_of(program, row)),
            float(program.affinity[row]),
            _known(program.gain[row]), _known(program.quality[row]),
        )
        for row in chosen
    ]  # fmt: skip


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _mean(values: Any) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _limit(capacity: float) -> float | None:
    return None if math.isinf(capacity) else float(capacity)


def _plain(value: float | None) -> int | float | None:
    """Return a whole number as an int."""
    if value is None:
        return None
    return int(value) if float(value).is_integer() else float(value)
