"""Measured affinities as an object: what notebooks, the command line and the report work on."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import pandas as pd

from taskaffinity.analysis.tables import matrix
from taskaffinity.errors import InputError
from taskaffinity.names import RESERVED, split
from taskaffinity.runs.domains import AdaptationRow
from taskaffinity.runs.estimates import EstimatesRecord
from taskaffinity.runs.records import (
    ComputationRecord,
    PlanRecord,
    SanityRecord,
    TaskRecord,
    TreeRecord,
    UnknownRecord,
)
from taskaffinity.runs.sources import source_frame
from taskaffinity.text import one_line

if TYPE_CHECKING:
    import networkx as nx

    from taskaffinity.analysis.plan import PlanOptions, PlanTables, Share, Taxonomy
    from taskaffinity.analysis.tree import Tree
    from taskaffinity.report.figures import Figures


class PlanKeywords(TypedDict, total=False):
    """What may be asked of a plan besides what a run records: fields of `PlanOptions`."""

    budget: float | None
    compute: "float | str | Share | None"
    order: int | None
    objective: str
    compute_cost: Mapping[str, float]
    excluded: Collection[str]
    required: Collection[str]
    transfer_size: int | None


@dataclass(frozen=True, repr=False)
class Affinities:
    """What is known of the transfers between some tasks, from a run or from tables.

    Attributes
    ----------
    path
        Where it was read.
    affinities, gain, quality
        Frames with columns ``target``, ``sources`` and a value in [0, 1]; ``low`` and ``high`` where
        intervals were drawn. Win rates are None where unknown.
    performance
        Columns ``target``, ``sources``, ``loss`` (mean over test images, lower is better), ``images``,
        ``diverged``; None where losses are not known.
    importance, label_cost
        Weight of a target and cost of a source's labels, where they are not 1.
    novel
        Targets that cannot be bought.
    tasks
        What a run says of its tasks, by name.
    sanity_record
        How often own networks beat references; None where unknown.
    unknown
        What the losses do not say, though it was measured.
    sources_table
        ``sources.csv``; None where there is none.
    plans
        What a run solved, one record per order and budget, ascending; none for tables.
    order
        The order that those plans were solved for.
    tree_record
        The task tree that a run recorded; None for tables.
    estimates_record
        What `taskaffinity estimate` recorded; None where it did not.
    computation_record
        What computation buys, as a run recorded it; None for tables, and where it is not known.
    adaptation
        The rows of ``domains.csv``; none where nothing was adapted.
    """

    path: Path
    affinities: pd.DataFrame
    gain: pd.DataFrame | None = None
    quality: pd.DataFrame | None = None
    importance: Mapping[str, float] = field(default_factory=dict)
    label_cost: Mapping[str, float] = field(default_factory=dict)
    novel: tuple[str, ...] = ()
    performance: pd.DataFrame | None = None
    tasks: Mapping[str, TaskRecord] = field(default_factory=dict)
    sanity_record: SanityRecord | None = None
    unknown: tuple[UnknownRecord, ...] = ()
    sources_table: pd.DataFrame | None = None
    plans: tuple[PlanRecord, ...] = ()
    order: int = 1
    tree_record: TreeRecord | None = None
    estimates_record: EstimatesRecord | None = None
    computation_record: ComputationRecord | None = None
    adaptation: tuple[AdaptationRow, ...] = ()

    @property
    def targets(self) -> list[str]:
        """Names of the targets, sorted."""
        return sorted(set(self.affinities["target"]))

    @cached_property
    def members(self) -> list[str]:
        """Names of everything that is a source of some transfer, sorted; no reserved names."""
        names = {name for sources in set(self.affinities["sources"]) for name in split(sources)}
        return sorted(names - set(RESERVED))

    @cached_property
    def highest_order(self) -> int:
        """The most sources of a transfer that was measured."""
        return max(len(split(sources)) for sources in set(self.affinities["sources"]))

    @cached_property
    def buyable(self) -> list[str]:
        """Names of the tasks that can be supervised, sorted."""
        own = set(self.affinities.loc[self.affinities["sources"] == "self", "target"])
        return sorted({*self.members, *own} - {*self.novel})

    @cached_property
    def sources(self) -> pd.DataFrame:
        """One row a source; the columns of ``sources.csv`` (docs/formats.md).

        Where there is no such table, every source needs the labels of the task of its name, and its costs are
        unknown.
        """
        if self.sources_table is not None:
            return self.sources_table
        has_random = bool((self.affinities["sources"] == "random").any())
        return source_frame(self.buyable, has_random, self.tasks)

    @cached_property
    def sanity(self) -> pd.DataFrame | None:
        """Win rates of own networks against ``constant`` and ``random``, a row a target; None if unknown."""
        if self.sanity_record is None:
            return None
        rows = [row.model_dump() for row in self.sanity_record.targets]
        return pd.DataFrame(rows, columns=["target", "constant", "random", "images"])

    @property
    def tables(self) -> "PlanTables":
        """What a plan chooses among."""
        from taskaffinity.analysis.plan import PlanTables, source_records

        records = () if self.sources_table is None else source_records(self.sources_table)
        return PlanTables(self.affinities, self.gain, self.quality, records)

    def plan_options(
        self, *, importance: Mapping[str, float] | None = None, label_cost: Mapping[str, float] | None = None,
        novel: Iterable[str] = (), **given: Unpack[PlanKeywords],
    ) -> "PlanOptions":  # fmt: skip
        """Return what is asked of a plan, with what is known of these affinities.

        Parameters
        ----------
        importance, label_cost
            In the place of those that are known here; a name that is left out counts 1.
        novel
            Besides those that are known here.
        **given
            The other fields of `taskaffinity.analysis.plan.PlanOptions`.

        Raises
        ------
        InputError
            There is no such option, or a value is out of range.
        """
        from taskaffinity.analysis.plan import PlanOptions

        unknown = set(given) - set(PlanKeywords.__annotations__)
        if unknown:
            known = ", ".join([*PlanKeywords.__annotations__, "importance", "label_cost", "novel"])
            raise InputError(f"a plan has no option {', '.join(sorted(unknown))}; there are {known}")
        return PlanOptions(
            importance=self.importance if importance is None else importance,
            label_cost=self.label_cost if label_cost is None else label_cost,
            novel={*self.novel, *([novel] if isinstance(novel, str) else novel)},
            **given,
        )

    def solve(
        self, budget: float | None = None, *, solver: str = "highs", time_limit: float | None = 600.0,
        **given: Any,
    ) -> "Taxonomy":  # fmt: skip
        """Choose labels and sources within budgets.

        Parameters
        ----------
        budget
            What the labels may cost together; None for no such limit.
        solver, time_limit
            As in `taskaffinity.analysis.plan.solve`.
        **given
            Those of `plan_options`: ``compute=`` is the budget of computation.
        """
        from taskaffinity.analysis.plan import solve

        options = self.plan_options(budget=budget, **given)
        return solve(self.tables, options, solver=solver, time_limit=time_limit)

    def graph(self, budget: float | None = None, **given: Any) -> "nx.DiGraph":
        """Return a plan as a networkx graph; parameters as in `solve`."""
        return self.solve(budget, **given).graph()

    def curve(self, budgets: Iterable[float] | None = None, **given: Any) -> pd.DataFrame:
        """Return what each budget buys, one row each.

        Parameters
        ----------
        budgets, **given
            As in `solved_curve`.

        Returns
        -------
        DataFrame
            The columns of ``curve.json`` (docs/formats.md), nested names joined by dots.
        """
        plans = self.solved_curve(budgets, **given)
        return pd.json_normalize([plan.model_dump(exclude_unset=True) for plan in plans])

    def solved_curve(
        self, budgets: Iterable[float] | None = None, *, compute: Iterable[float | str] = (),
        orders: Iterable[int | None] = (None,), random: int = 1000, seed: int = 0, solver: str = "highs",
        time_limit: float | None = 600.0, **given: Any,
    ) -> tuple[PlanRecord, ...]:  # fmt: skip
        """Return what each budget buys, as records.

        Parameters
        ----------
        budgets
            Of labels; from 1 to the number of tasks that can be supervised where no budget is given at all.
        compute
            Budgets of computation; where both are given, every pair.
        orders
            Highest numbers of sources of a transfer; None for as many as were measured.
        random, seed, solver, time_limit
            As in `taskaffinity.analysis.curve.curve`.
        **given
            Those of `plan_options`.
        """
        from taskaffinity.analysis.curve import curve

        amounts: list[float | str | None] = [*compute] or [None]
        wanted: list[float | None] = [*budgets] if budgets is not None else [None]
        if budgets is None and amounts == [None]:
            wanted = [*range(1, len(self.buyable) + 1)]
        steps = [
            self.plan_options(budget=budget, compute=amount, order=order, **given)
            for order in orders
            for budget in wanted
            for amount in amounts
        ]
        records = curve(self.tables, steps, random=random, seed=seed, solver=solver, time_limit=time_limit)
        return tuple(PlanRecord.model_validate(record) for record in records)

    def tree(self) -> "Tree":
        """Return the task tree."""
        from taskaffinity.analysis.tree import grow

        return grow(self.affinities)

    def compare(self, other: "Affinities | str | Path") -> pd.DataFrame:
        """Correlate, target by target, how two measurements rank the sources.

        Parameters
        ----------
        other
            Another object like this, or what `taskaffinity.open` takes.

        Returns
        -------
        DataFrame
            Columns ``target`` and ``rho``, Spearman's; names are matched by the dictionary.
        """
        from taskaffinity.analysis.compare import compare
        from taskaffinity.runs.opening import open_measured

        second = other if isinstance(other, Affinities) else open_measured(other)
        correlations = compare(self.affinities, second.affinities)
        return pd.DataFrame(list(correlations["targets"].items()), columns=["target", "rho"])

    @property
    def plot(self) -> "Figures":
        """Figures, each drawn when it is called: ``found.plot.affinity_matrix()`` and so on."""
        from taskaffinity.report.figures import Figures

        return Figures(self)

    def __repr__(self) -> str:
        counts = f"{len(self.targets)} targets, {len(self.buyable)} sources, {len(self.affinities)} transfers"
        return f"{type(self).__name__}({one_line(self.path)!r}: {counts})"

    def _repr_html_(self) -> str:
        wide = matrix(self.affinities, "affinity")
        table = wide.style.format("{:.4f}", na_rep="", escape="html").format_index(escape="html", axis=0)
        table = table.format_index(escape="html", axis=1).background_gradient(axis=1)
        return f"<p><b>{escape(repr(self))}</b></p>{table.to_html()}"


class Run(Affinities):
    """A finished run: everything of `Affinities` is known but what its data did not allow."""
