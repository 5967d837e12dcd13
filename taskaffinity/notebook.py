"""Measured affinities as an object: what notebooks and the command line work on."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from taskaffinity.analysis.names import RESERVED, split
from taskaffinity.analysis.tables import matrix, read_table
from taskaffinity.errors import RunError

if TYPE_CHECKING:
    import networkx as nx

    from taskaffinity.analysis.plan import PlanOptions, PlanTables, SourceRecord, Taxonomy
    from taskaffinity.analysis.tree import Tree


@dataclass(frozen=True, repr=False)
class Affinities:
    """What is known of the transfers between some tasks.

    Attributes
    ----------
    path
        Where it was read.
    affinities, gain, quality
        Frames with columns ``target``, ``sources`` and a value in [0, 1]; win rates None where unknown.
    importance, label_cost
        Weight of a target and cost of a source, where they are not 1.
    novel
        Targets that cannot be bought.
    source_records
        What sources need and cost, from ``sources.csv``; empty where there is none.
    """

    path: Path
    affinities: pd.DataFrame
    gain: pd.DataFrame | None = None
    quality: pd.DataFrame | None = None
    importance: Mapping[str, float] = field(default_factory=dict)
    label_cost: Mapping[str, float] = field(default_factory=dict)
    novel: tuple[str, ...] = ()
    source_records: "tuple[SourceRecord, ...]" = ()

    @property
    def targets(self) -> list[str]:
        """Names of the targets, sorted."""
        return sorted(set(self.affinities["target"]))

    @cached_property
    def sources(self) -> list[str]:
        """Names of the tasks that can be bought, sorted."""
        members = {name for sources in set(self.affinities["sources"]) for name in split(sources)}
        own = set(self.affinities.loc[self.affinities["sources"] == "self", "target"])
        return sorted((members | own) - {*RESERVED, *self.novel})

    @property
    def tables(self) -> "PlanTables":
        """What a plan chooses among."""
        from taskaffinity.analysis.plan import PlanTables

        return PlanTables(self.affinities, self.gain, self.quality, self.source_records)

    def plan_options(
        self, *, importance: Mapping[str, float] | None = None, label_cost: Mapping[str, float] | None = None,
        novel: Iterable[str] = (), **given: Any,
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
        """
        from taskaffinity.analysis.plan import PlanOptions

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
        """Choose labels and sources within budgets; what can be given is in `plan_options`."""
        from taskaffinity.analysis.plan import solve

        options = self.plan_options(budget=budget, **given)
        return solve(self.tables, options, solver=solver, time_limit=time_limit)

    def graph(self, budget: float, **options: Any) -> "nx.DiGraph":
        """Return the plan of a budget as a networkx graph; options as in `solve`."""
        return self.solve(budget, **options).graph()

    def curve(
        self, budgets: Iterable[float] | None = None, *, compute: Iterable[float | str] = (),
        orders: Sequence[int | None] = (None,), random: int = 1000, seed: int = 0, solver: str = "highs",
        time_limit: float | None = 600.0, **given: Any,
    ) -> pd.DataFrame:  # fmt: skip
        """Return what each budget buys, one row each.

        Parameters
        ----------
        budgets
            Of labels; from 1 to the number of sources where no budget is given at all.
        compute
            Budgets of computation; where both are given, every pair.
        orders
            Highest numbers of sources of a transfer; None for as many as were measured.
        random, seed, solver, time_limit
            As for `taskaffinity.analysis.curve.curve`.
        **given
            As for `plan_options`.

        Returns
        -------
        DataFrame
            The columns of ``curve.json`` (docs/formats.md), nested names joined by dots.
        """
        from taskaffinity.analysis.curve import curve

        amounts: list[float | str | None] = [*compute] or [None]
        wanted: list[float | None] = [*budgets] if budgets is not None else [None]
        if budgets is None and amounts == [None]:
            wanted = [*range(1, len(self.sources) + 1)]
        steps = [
            self.plan_options(budget=budget, compute=amount, order=order, **given)
            for order in orders
            for budget in wanted
            for amount in amounts
        ]
        records = curve(self.tables, steps, random=random, seed=seed, solver=solver, time_limit=time_limit)
        return pd.json_normalize(records)

    def tree(self) -> "Tree":
        """Return the task tree."""
        from taskaffinity.analysis.tree import grow

        return grow(self.affinities)

    def __repr__(self) -> str:
        counts = f"{len(self.targets)} targets, {len(self.sources)} sources, {len(self.affinities)} transfers"
        return f"{type(self).__name__}({str(self.path)!r}: {counts})"

    def _repr_html_(self) -> str:
        wide = matrix(self.affinities, "affinity")
        table = wide.style.format("{:.4f}", na_rep="").background_gradient(axis=1).to_html()
        return f"<p><b>{escape(repr(self))}</b></p>{table}"


@dataclass(frozen=True, repr=False)
class Run(Affinities):
    """A finished run.

    Attributes
    ----------
    performance
        Columns ``target``, ``sources``, ``loss`` (mean over test images, lower is better), ``images``,
        ``diverged``.
    """

    performance: pd.DataFrame = field(default_factory=pd.DataFrame)


def load_affinities(
    path: str | Path, gain: str | Path | None = None, quality: str | Path | None = None,
    sources: str | Path | None = None,
) -> Affinities:  # fmt: skip
    """Read affinities from a table or a run.

    Parameters
    ----------
    path
        A CSV or Parquet table, one of Taskonomy's published ``.pkl`` files, or a run folder.
    gain, quality
        Tables of win rates; a run has its own.
    sources
        The table of what sources need and cost; the ``sources.csv`` beside the table, or of the run, by
        default.

    Raises
    ------
    TableError
        A file cannot be read as such a table.
    RunError
        The folder is not a run, or is not finished.
    """
    path = Path(path)
    if path.is_dir():
        found: Affinities = load_run(path)
    else:
        found = Affinities(path, read_table(path, "affinity"))
    return replace(
        found,
        source_records=_source_records(path, sources),
        gain=read_table(Path(gain), "gain") if gain else found.gain,
        quality=read_table(Path(quality), "quality") if quality else found.quality,
    )


def load_run(path: str | Path) -> Run:
    """Read a finished run.

    Parameters
    ----------
    path
        The run folder.

    Raises
    ------
    RunError
        The folder is not a run, or is not finished.
    """
    from taskaffinity.store import RunFolder

    folder = RunFolder(Path(path)).require()
    tables = {
        name: _run_table(folder.path, f"{name}.csv")
        for name in ("performance", "affinities", "gain", "quality")
    }
    for name, value in (("affinities", "affinity"), ("gain", "gain"), ("quality", "quality")):
        tables[name] = read_table(folder.path / f"{name}.csv", value)
    recorded = folder.read_json("data.json") or {}
    targets = set(tables["affinities"]["target"])
    members = {name for sources in set(tables["affinities"]["sources"]) for name in split(sources)}
    tasks = {name: task for name, task in recorded.get("tasks", {}).items() if name in targets | members}
    return Run(
        folder.path,
        **tables,
        importance={n: t["importance"] for n, t in tasks.items() if n in targets and "importance" in t},
        label_cost={n: t["label_cost"] for n, t in tasks.items() if "label_cost" in t},
        novel=tuple(n for n, t in tasks.items() if n in targets and "source" not in t.get("roles", "source")),
        source_records=_source_records(folder.path, None),
    )


def _source_records(path: Path, given: str | Path | None) -> "tuple[SourceRecord, ...]":
    """Read the table of sources that is given, in a run or beside a table; empty where none is."""
    from taskaffinity.analysis.plan.sources import FILE, read_sources

    if given is not None:
        return read_sources(Path(given))
    file = (path if path.is_dir() else path.parent) / FILE
    return read_sources(file) if file.is_file() and file != path else ()


def _run_table(folder: Path, name: str) -> pd.DataFrame:
    file = folder / name
    if not file.is_file():
        raise RunError(f"{folder} has no {name} yet; finish it with `taskaffinity run`")
    return pd.read_csv(file)
