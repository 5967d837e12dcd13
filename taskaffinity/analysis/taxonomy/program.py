"""The Boolean program that chooses a taxonomy, before a budget is set.

Legend: T targets, S sources that can be bought, E transfers. Rows of E are sorted by target, and within a
target from the best transfer to the worst, so that the first admissible row of a target is the one an optimal
policy takes.

Paper: Zamir et al., "Taskonomy", CVPR 2018, section 3.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from taskaffinity.analysis.taxonomy.objective import worth

NONE = -1


@dataclass(frozen=True)
class Program:
    """Transfers among which a taxonomy is chosen.

    Attributes
    ----------
    targets
        Names of the T targets, sorted.
    sources
        Names of the S tasks that can be bought, sorted.
    target
        int (E,), the target of each transfer; ascending.
    members
        Sparse float64 (E, S), 1 where a transfer needs a source.
    own
        bool (E,), whether the transfer is the target's own network, which needs the target itself.
    value
        float64 (E,), what the objective gains by a transfer: importance times its objective value.
    affinity, gain, quality
        float64 (E,), NaN where unknown.
    row
        int (E,), the row of the table a transfer comes from.
    importance
        float64 (T,), the weight of each target, at least 0.
    cost
        float64 (S,), what supervising a source costs, at least 0.
    required
        bool (S,), sources that have to be bought.
    objective
        ``affinity``, ``sqrt``, ``gain`` or ``quality``.
    order
        The highest number of sources of a transfer that was let in.
    """

    targets: tuple[str, ...]
    sources: tuple[str, ...]
    target: np.ndarray
    members: sparse.csr_array
    own: np.ndarray
    value: np.ndarray
    affinity: np.ndarray
    gain: np.ndarray
    quality: np.ndarray
    row: np.ndarray
    importance: np.ndarray
    cost: np.ndarray
    required: np.ndarray
    objective: str
    order: int

    @cached_property
    def starts(self) -> np.ndarray:
        """First row of each target: int (T,)."""
        return np.searchsorted(self.target, np.arange(len(self.targets)))

    @cached_property
    def size(self) -> np.ndarray:
        """How many sources each transfer needs: int (E,)."""
        return np.diff(self.members.indptr)

    @cached_property
    def own_row(self) -> np.ndarray:
        """Row of each target's own network, `NONE` where it cannot be bought: int (T,)."""
        rows = np.full(len(self.targets), NONE)
        rows[self.target[self.own]] = np.flatnonzero(self.own)
        return rows

    @cached_property
    def own_source(self) -> np.ndarray:
        """The source that each target itself is, where buying it brings its own network: int (T,)."""
        rows = self.own_row
        return np.where(rows == NONE, NONE, self.members.indices[self.members.indptr[rows.clip(0)]])

    @cached_property
    def floor(self) -> float:
        """Value of a target without a transfer in a search: lower than any policy that leaves none out."""
        span = np.maximum.reduceat(self.value, self.starts) - np.minimum.reduceat(self.value, self.starts)
        return float(self.value.min() - span.sum() - 1.0)

    def admissible(self, bought: np.ndarray) -> np.ndarray:
        """Tell which transfers a set of sources allows.

        A target that is bought uses its own network and nothing else.

        Parameters
        ----------
        bought
            bool (S,).

        Returns
        -------
        ndarray
            bool (E,).
        """
        return (self.missing(bought) == 0) & (self.own | ~self.bought_targets(bought)[self.target])

    def missing(self, bought: np.ndarray) -> np.ndarray:
        """Count the sources of each transfer that are not bought: int (E,)."""
        return self.size - (self.members @ bought.astype(float)).astype(int)

    def bought_targets(self, bought: np.ndarray) -> np.ndarray:
        """Tell which targets use their own network because they are bought: bool (T,)."""
        return (self.own_source != NONE) & bought[self.own_source]

    def best(self, bought: np.ndarray) -> np.ndarray:
        """Return the best admissible transfer of each target, `NONE` where there is none: int (T,)."""
        rows = np.where(self.admissible(bought), np.arange(len(self.target)), len(self.target))
        first = np.minimum.reduceat(rows, self.starts)
        return np.where(first < len(self.target), first, NONE)

    def score(self, chosen: np.ndarray) -> float:
        """Objective of a policy; a target without a transfer counts `floor`."""
        return float(np.where(chosen == NONE, self.floor, self.value[chosen]).sum())

    def only(self, keep: np.ndarray) -> "Program":
        """Return the program with some of its transfers: bool (E,)."""
        return replace(
            self, members=self.members[keep], **{name: getattr(self, name)[keep] for name in _PER_TRANSFER}
        )

    def with_affinity(self, affinity: np.ndarray) -> "Program":
        """Return the program with other affinities, float64 (E,), and what they are worth, sorted anew."""
        value = worth(affinity, self.objective) * self.importance[self.target]
        return replace(self, affinity=affinity, value=value).sorted()

    def sorted(self) -> "Program":
        """Return the program in the order of rows that this class promises.

        Of equal values, the higher affinity comes first, then fewer sources, then the earlier row of the
        table.
        """
        order = np.lexsort((self.row, self.size, -self.affinity, -self.value, self.target))
        return self.only(order)


_PER_TRANSFER = ("target", "own", "value", "affinity", "gain", "quality", "row")


def sources_of(program: Program, row: int) -> Sequence[str]:
    """Return the names of the sources of one transfer, sorted."""
    span = slice(program.members.indptr[row], program.members.indptr[row + 1])
    return sorted(program.sources[s] for s in program.members.indices[span])
