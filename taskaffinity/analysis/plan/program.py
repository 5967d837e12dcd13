"""The Boolean program that a plan solves, before budgets are set.

Legend: T targets, S sources, E transfers, N items (what is paid for, see `taskaffinity.analysis.plan.items`).
Rows of E are sorted by target, and within a target from the best transfer to the worst, so that the first
admissible row of a target is the one an optimal plan takes.

Paper: Zamir et al., "Taskonomy", CVPR 2018, section 3.4, where every source needs the labels of one task and
nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from taskaffinity.analysis.plan.items import BUDGETS, Items
from taskaffinity.analysis.plan.objective import worth

NONE = -1
ROUNDING = 1e-12  # of a budget: sums of costs may exceed it by this share, which rounding alone can reach


@dataclass(frozen=True)
class Program:
    """Transfers among which a plan chooses.

    Attributes
    ----------
    targets
        Names of the T targets, sorted.
    sources
        Names of the S sources in play.
    items
        The N items, and what each source needs of them.
    target
        int (E,), the target of each transfer; ascending.
    members
        Sparse float64 (E, S), 1 where a transfer needs a source.
    own
        bool (E,), whether the transfer is the target's own network.
    value
        float64 (E,), what the objective gains by a transfer: importance times its objective value.
    affinity, gain, quality
        float64 (E,), NaN where unknown.
    row
        int (E,), the row of the table a transfer comes from.
    importance
        float64 (T,), the weight of each target, at least 0.
    required
        bool (S,), sources that must be used.
    forces_own
        Whether a target uses its own network where all items that it needs are bought.
    objective
        ``affinity``, ``sqrt``, ``gain`` or ``quality``.
    order
        The highest number of sources of a transfer that was allowed.
    also_required
        bool (N,), items that must be bought besides those of required sources; None for none.
    """

    targets: tuple[str, ...]
    sources: tuple[str, ...]
    items: Items
    target: np.ndarray
    members: sparse.csr_array
    own: np.ndarray
    value: np.ndarray
    affinity: np.ndarray
    gain: np.ndarray
    quality: np.ndarray
    row: np.ndarray
    importance: np.ndarray
    required: np.ndarray
    forces_own: bool
    objective: str
    order: int
    also_required: np.ndarray | None = None

    @cached_property
    def needs(self) -> sparse.csr_array:
        """Items that each transfer needs, those of all its sources: sparse float64 (E, N)."""
        needs = sparse.csr_array(self.members @ self.items.of_source)
        needs.sort_indices()
        needs.data[:] = 1.0
        return needs

    @cached_property
    def starts(self) -> np.ndarray:
        """First row of each target: int (T,)."""
        return np.searchsorted(self.target, np.arange(len(self.targets)))

    @cached_property
    def order_of(self) -> np.ndarray:
        """How many sources each transfer needs: int (E,)."""
        return np.diff(self.members.indptr)

    @cached_property
    def size(self) -> np.ndarray:
        """How many items each transfer needs: int (E,)."""
        return np.diff(self.needs.indptr)

    @cached_property
    def required_items(self) -> np.ndarray:
        """Items that must be bought: bool (N,)."""
        needed = self.items_of(self.required)
        return needed if self.also_required is None else needed | self.also_required

    @cached_property
    def forced_row(self) -> np.ndarray:
        """Row of the own network that a bought target must use, `NONE` where none is forced: int (T,)."""
        rows = np.full(len(self.targets), NONE)
        if self.forces_own:
            forced = self.own & (self.size > 0)
            rows[self.target[forced]] = np.flatnonzero(forced)
        return rows

    @cached_property
    def floor(self) -> float:
        """Value of a target without a transfer in a search: lower than any plan that leaves none out."""
        span = np.maximum.reduceat(self.value, self.starts) - np.minimum.reduceat(self.value, self.starts)
        return float(self.value.min() - span.sum() - max(1.0, abs(self.value).max()))

    def items_of(self, sources: np.ndarray) -> np.ndarray:
        """Return the items that some sources need: bool (S,) → bool (N,)."""
        return self._sources_of_items @ sources.astype(float) > 0

    @cached_property
    def _sources_of_items(self) -> sparse.csr_array:
        return sparse.csr_array(self.items.of_source.T)

    def available(self, bought: np.ndarray) -> np.ndarray:
        """Return the sources whose items are all bought: bool (N,) → bool (S,)."""
        need = np.diff(self.items.of_source.indptr)
        return (self.items.of_source @ bought.astype(float)).astype(int) == need

    def spent(self, bought: np.ndarray) -> np.ndarray:
        """Return what items cost, by budget: bool (N,) → float64 (2,)."""
        paid = np.where(bought, self.items.cost, 0.0)
        return np.bincount(self.items.paid_from, paid, len(BUDGETS))

    def affords(self, capacity: np.ndarray, bought: np.ndarray) -> bool:
        """Tell whether items fit the budgets: float64 (2,), bool (N,)."""
        return bool((self.spent(bought) <= with_rounding(capacity)).all())

    def admissible(self, bought: np.ndarray) -> np.ndarray:
        """Tell which transfers some items allow: bool (N,) → bool (E,)."""
        forced = self.forced_targets(bought)[self.target]
        return (self.missing(bought) == 0) & (self.own | ~forced)

    def missing(self, bought: np.ndarray) -> np.ndarray:
        """Count the items of each transfer that are not bought: bool (N,) → int (E,)."""
        return self.size - (self.needs @ bought.astype(float)).astype(int)

    def forced_targets(self, bought: np.ndarray) -> np.ndarray:
        """Tell which targets must use their own network, since all it needs is bought: bool (T,)."""
        targets, needs, size = self._forced
        forced = np.zeros(len(self.targets), bool)
        forced[targets] = needs @ bought.astype(float) >= size
        return forced

    @cached_property
    def _forced(self) -> tuple[np.ndarray, sparse.csr_array, np.ndarray]:
        """Targets that can be forced (t,), what their own networks need (t, N), and how much that is (t,)."""
        targets = np.flatnonzero(self.forced_row != NONE)
        rows = self.forced_row[targets]
        return targets, self.needs[rows], self.size[rows]

    def best(self, bought: np.ndarray) -> np.ndarray:
        """Return the best admissible transfer of each target, `NONE` where there is none: int (T,)."""
        rows = np.where(self.admissible(bought), np.arange(len(self.target)), len(self.target))
        first = np.minimum.reduceat(rows, self.starts)
        return np.where(first < len(self.target), first, NONE)

    def used(self, bought: np.ndarray) -> np.ndarray | None:
        """Return the items that the best plan with some items uses, and the required ones: bool (N,).

        None where some target has no transfer.
        """
        chosen = self.best(bought)
        if (chosen == NONE).any():
            return None
        return (self.needs[chosen].sum(axis=0) > 0) | self.required_items

    def score(self, chosen: np.ndarray) -> float:
        """Objective of a plan; a target without a transfer counts `floor`."""
        return float(np.where(chosen == NONE, self.floor, self.value[chosen]).sum())

    def score_of(self, bought: np.ndarray) -> float:
        """Objective of the best plan with some items: bool (N,)."""
        return self.score(self.best(bought))

    def only(self, keep: np.ndarray) -> "Program":
        """Return the program with some of its transfers: bool (E,), or their rows in another order."""
        return replace(
            self, members=self.members[keep], **{name: getattr(self, name)[keep] for name in _PER_TRANSFER}
        )

    def with_affinity(self, affinity: np.ndarray) -> "Program":
        """Return the program with other affinities, float64 (E,), and what they are worth, sorted again."""
        value = worth(affinity, self.objective) * self.importance[self.target]
        return replace(self, affinity=affinity, value=value).sorted()

    def sorted(self) -> "Program":
        """Return the program in the order of rows that this class promises.

        Of equal values, the higher affinity comes first, then fewer sources, then the names of the sources.
        """
        names = _member_columns(self.members)[::-1]
        order = np.lexsort((self.row, *names, self.order_of, -self.affinity, -self.value, self.target))
        return self.only(order)


_PER_TRANSFER = ("target", "own", "value", "affinity", "gain", "quality", "row")


def with_rounding(capacity: np.ndarray) -> np.ndarray:
    """Return budgets with room for the rounding of sums: 0.1 + 0.2 is within 0.3."""
    return capacity * (1 + ROUNDING)


def _member_columns(members: sparse.csr_array) -> list[np.ndarray]:
    """Return the first, second, … source of each transfer, -1 where there is none: int (E,) each."""
    size = np.diff(members.indptr)
    columns = []
    for position in range(int(size.max(initial=0))):
        column = np.full(len(size), NONE)
        filled = size > position
        column[filled] = members.indices[members.indptr[:-1][filled] + position]
        columns.append(column)
    return columns


def sources_of(program: Program, row: int) -> Sequence[str]:
    """Return the names of the sources of one transfer, sorted."""
    span = slice(program.members.indptr[row], program.members.indptr[row + 1])
    return sorted(program.sources[s] for s in program.members.indices[span])
