"""A sweep that measures some transfers, predicts the others, and asks for those that its plans hinge on.

Axes: E transfers of a table, d draws, k budgets.

It begins with one transfer into each target that the plan of the smallest budget would use, as far as own
networks tell, and with some at random, all sources alike. Then, a few at a time, it asks for the transfers
with the highest score (`taskaffinity.analysis.measure.choose`). The nearer the end, the more it prefers
plans from what was measured already, so that those of all budgets are complete when it ends.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from taskaffinity.analysis.measure.choose import Assessment, assess, first_transfers, ranked
from taskaffinity.analysis.measure.prediction import Layout, predict
from taskaffinity.analysis.plan.build import PlanTables, Problem, build
from taskaffinity.analysis.plan.objective import worth
from taskaffinity.analysis.plan.options import PlanOptions
from taskaffinity.names import RANDOM, SELF

BOUND = 0.01  # expected regret, relative to the objective, below which `auto` ends
BATCH = 0.02  # of all transfers, between two decisions
PER_TARGET = 3  # a batch has at least one transfer for so many targets
MANY = 6  # transfers into each target on average: from as many on, one more of each is drawn at random first
FEWEST = 2  # transfers into each target that are measured first, where no own networks tell anything
RELUCTANCE = 1.0  # at the end: spreads of a target's transfers that one more to be measured must be better by
USUAL = 0.25  # share of all transfers after which `auto` is as reluctant as another sweep at its end
WORTH_MORE = 1e-3  # of an objective, that incumbents must lose without a transfer for it to be kept room for


@dataclass(frozen=True)
class Decision:
    """What to measure next.

    Attributes
    ----------
    rows
        int, rows of the table; none where the sweep is at its end.
    regret
        float64 (k,), expected of the plans that are best now, relative to their objectives.
    """

    rows: np.ndarray
    regret: np.ndarray


@dataclass(frozen=True)
class Sweep:
    """What can be measured, and how much of it is.

    Attributes
    ----------
    tables
        Every transfer that can be measured, and own networks; values do not matter.
    steps
        The plans that are wanted: budgets ascending, all else alike.
    share
        The share of the transfers to measure; None to end at an expected regret below `bound`.
    bound
        That regret.
    seed
        Of all draws.
    is_relative
        Whether values are affinities of a tournament among the measured transfers alone, which say how the
        transfers into a target compare; otherwise they are known as they are.
    is_whole
        Whether the values of all transfers into a target, ``random`` among them, sum to 1.
    given
        Transfers, as pairs of target and sources, that are known without a readout: heads of joint networks.
    covariates
        Estimates of transfers by (target, source), one or several numbers each.
    """

    tables: PlanTables
    steps: Sequence[PlanOptions]
    share: float | None = None
    bound: float = BOUND
    seed: int = 0
    is_relative: bool = False
    is_whole: bool = False
    given: Collection[tuple[str, str]] = ()
    covariates: Mapping[tuple[str, str], Sequence[float]] = field(default_factory=dict)

    @cached_property
    def layout(self) -> Layout:
        """Where the transfers stand."""
        return Layout.of(self.tables.affinities)

    @cached_property
    def problem(self) -> Problem:
        """The program of all transfers."""
        return build(self.tables, self.steps[0])

    @cached_property
    def capacities(self) -> np.ndarray:
        """The budgets, (k, 2)."""
        return np.array([self.problem.with_budgets(step).capacity for step in self.steps])

    @cached_property
    def is_free(self) -> np.ndarray:
        """Rows that are there without a readout of a source: own networks, ``random``, `given`; bool (E,)."""
        table: pd.DataFrame = self.tables.affinities
        given = set(self.given)
        is_given = [pair in given for pair in zip(table["target"], table["sources"], strict=True)]
        return table["sources"].isin([SELF, RANDOM]).to_numpy(bool) | np.array(is_given, bool)

    @property
    def counted(self) -> int:
        """How many transfers there are to measure, without those that are free."""
        return int((~self.is_free).sum())

    @property
    def allowed(self) -> int:
        """How many may be measured."""
        return self.counted if self.share is None else int(self.share * self.counted + 1e-9)

    @property
    def batch(self) -> int:
        """How many are measured between two decisions."""
        return int(np.ceil(max(BATCH * self.counted, len(self.layout.targets) / PER_TARGET)))

    def draws(self, values: np.ndarray) -> np.ndarray:
        """Draw what the transfers are worth, as affinities of a tournament of all: (E,) → (d, E).

        Parameters
        ----------
        values
            What was measured, NaN elsewhere.
        """
        return predict(
            self.layout,
            values,
            self._covariates,
            self.seed,
            is_relative=self.is_relative,
            is_whole=self.is_whole,
        )

    def decide(self, values: np.ndarray) -> Decision:
        """Decide what to measure after `values`, NaN where nothing was measured."""
        is_known = ~np.isnan(values)
        spent = int((is_known & ~self.is_free).sum())
        left = self.allowed - spent
        if not spent and not is_known.any():
            return Decision(self._first(left), np.full(len(self.steps), np.inf))
        found = self._assess(values, spent)
        if not spent:
            names = np.array(self.problem.program.sources)[found.sources[0]].tolist()
            return Decision(self._first(left, names), found.regret)
        wanted = found.score + found.lack
        lacking = int((found.lack > WORTH_MORE).sum())
        if self.share is None and found.regret.max() < self.bound and not lacking:
            wanted = np.zeros_like(wanted)
        is_closing = self.share is not None and left <= lacking
        if is_closing:
            wanted = np.where(
                found.urgent > 0, found.urgent, 1e-6 * found.score / max(found.score.max(), 1e-300)
            )
        program = self.problem.program
        source = np.array([self.layout.members[row][0] for row in program.row])
        count = min(self.batch, left)
        chosen = ranked(wanted, program.target, np.where(is_closing, -1, source), count)
        return Decision(program.row[chosen], found.regret)

    def _assess(self, values: np.ndarray, spent: int) -> Assessment:
        program, drawn = self.problem.program, self.draws(values)[:, self.problem.program.row]
        worths = worth(drawn, program.objective) * program.importance[program.target]
        end = self.allowed if self.share is not None else USUAL * self.counted
        reluctance = RELUCTANCE * min(1.0, spent / max(end, 1.0)) ** 2
        return assess(program, worths, ~np.isnan(values)[program.row], self.capacities, reluctance)

    def _first(self, left: int, names: Sequence[str] = ()) -> np.ndarray:
        """Choose what comes first: one transfer into each target from given sources, others at random."""
        targets = len(self.layout.targets)
        each = int(self.allowed >= MANY * targets) + (0 if names else FEWEST)
        usable = self.problem.program.row[~self.is_free[self.problem.program.row]]
        usable = np.array([row for row in usable if len(self.layout.members[row]) == 1], int)
        columns = np.array([self.layout.members[row][0] for row in usable], int)
        given = np.isin(columns, [self.layout.sources.index(name) for name in names])
        chosen = self._drawn(usable[given], columns[given], 1)
        rest = ~np.isin(usable, chosen)
        return np.concatenate([chosen, self._drawn(usable[rest], columns[rest], each)])[:left]

    def _drawn(self, rows: np.ndarray, columns: np.ndarray, each: int) -> np.ndarray:
        return rows[first_transfers(self.layout.target[rows], columns, each, self.seed)]

    @cached_property
    def _covariates(self) -> np.ndarray | None:
        if not self.covariates:
            return None
        width = len(next(iter(self.covariates.values())))
        unknown = (np.nan,) * width
        table: pd.DataFrame = self.tables.affinities
        pairs = zip(table["target"], table["sources"], strict=True)
        return np.array(
            [self.covariates.get((str(target), str(source)), unknown) for target, source in pairs]
        )
