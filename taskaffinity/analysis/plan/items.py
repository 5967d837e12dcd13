"""What a plan pays for: labels of tasks, by share, and encoders that run at inference.

A source needs *items*, and each item is paid from one budget:

- a share of the labels of a task, from the budget of labels. A task of which sources need the shares
  s₁ < s₂ < … has one item per share, item i costing (sᵢ − sᵢ₋₁) times what all its labels cost; a source that
  needs sᵢ needs the items 1 to i. So a task costs as much as the largest share that is bought.
- its own encoder, from the budget of computation, once however many transfers read it.

Items of a budget that is not set are left out: they restrict nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from taskaffinity.analysis.plan.options import PlanOptions, Share
from taskaffinity.analysis.plan.sources import SourceRecord
from taskaffinity.errors import InputError

LABELS, COMPUTE = 0, 1
BUDGETS = ("labels", "compute")


@dataclass(frozen=True)
class Items:
    """The items of a program, N in all, and what S sources need of them.

    Attributes
    ----------
    names
        N names, for people.
    cost
        float64 (N,), at least 0.
    paid_from
        int (N,), `LABELS` or `COMPUTE`.
    of_source
        Sparse float64 (S, N), 1 where a source needs an item.
    """

    names: tuple[str, ...]
    cost: np.ndarray
    paid_from: np.ndarray
    of_source: sparse.csr_array


def items_of(records: Sequence[SourceRecord], options: PlanOptions, computation: np.ndarray) -> Items:
    """List what the sources in play need.

    Parameters
    ----------
    records
        S sources.
    options
        Which budgets there are, and the costs.
    computation
        float64 (S,), what running each encoder costs.
    """
    names: list[str] = []
    costs: list[float] = []
    needs: list[list[int]] = [[] for _ in records]
    if options.budget is not None:
        for (task, share), (cost, sources) in _label_items(records, options.label_cost).items():
            for source in sources:
                needs[source].append(len(names))
            names.append(task if share == 1 else f"{task}:{share:g}")
            costs.append(cost)
    labels = len(names)
    if options.compute is not None:
        for source, record in enumerate(records):
            needs[source].append(len(names))
            names.append(f"encoder of {record.source}" if labels else record.source)
        costs += computation.tolist()
    paid_from = np.where(np.arange(len(names)) < labels, LABELS, COMPUTE)
    return Items(tuple(names), np.array(costs, float), paid_from, incidence(needs, len(names)))


def _label_items(
    records: Sequence[SourceRecord], label_cost: Mapping[str, float]
) -> dict[tuple[str, float], tuple[float, list[int]]]:
    """Return the cost of each item by task and share, and the sources that need it."""
    shares: dict[str, set[float]] = {}
    for record in records:
        for task, share in record.labels.items():
            shares.setdefault(task, set()).add(share)
    found = {}
    for task in sorted(shares):
        below = 0.0
        for share in sorted(shares[task]):
            who = [i for i, record in enumerate(records) if record.labels.get(task, 0.0) >= share]
            found[task, share] = ((share - below) * label_cost.get(task, 1.0), who)
            below = share
    return found


def computation_of(records: Sequence[SourceRecord], options: PlanOptions) -> np.ndarray:
    """Return what running each source's encoder costs: float64 (S,), NaN where it is not known."""
    costs = [options.compute_cost.get(record.source, record.encoder_operations) for record in records]
    return np.array([np.nan if cost is None else cost for cost in costs], float)


def capacities(options: PlanOptions, records: Sequence[SourceRecord], computation: np.ndarray) -> np.ndarray:
    """Return how much of each budget there is: float64 (2,), infinite where it is not set.

    Raises
    ------
    InputError
        There is a budget of computation, and what a source costs is not known.
    """
    capacity = np.full(len(BUDGETS), np.inf)
    if options.budget is not None:
        capacity[LABELS] = options.budget
    if options.compute is not None:
        unknown = np.flatnonzero(np.isnan(computation))
        if len(unknown):
            raise InputError(
                f"what the encoder of source {records[unknown[0]].source!r} costs to run is not known "
                f"({len(unknown)} of {len(records)} sources); give --compute-cost, or encoder_operations in "
                "sources.csv"
            )
        whole = float(computation.sum())
        compute = options.compute
        capacity[COMPUTE] = compute.value * whole if isinstance(compute, Share) else float(compute)
    return capacity


def incidence(rows: Sequence[Sequence[int]], width: int) -> sparse.csr_array:
    """Return the sparse matrix with ones where the rows say: float64 (rows, width)."""
    indptr = np.concatenate([[0], np.cumsum([len(row) for row in rows], dtype=int)])
    indices = np.fromiter((index for row in rows for index in row), int, indptr[-1])
    return sparse.csr_array((np.ones(len(indices)), indices, indptr), shape=(len(rows), width))
