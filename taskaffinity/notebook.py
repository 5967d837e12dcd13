"""Measured affinities as an object: what notebooks and the command line work on."""

from collections.abc import Iterable, Mapping
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

    from taskaffinity.analysis.taxonomy import Taxonomy
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
    """

    path: Path
    affinities: pd.DataFrame
    gain: pd.DataFrame | None = None
    quality: pd.DataFrame | None = None
    importance: Mapping[str, float] = field(default_factory=dict)
    label_cost: Mapping[str, float] = field(default_factory=dict)
    novel: tuple[str, ...] = ()

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

    def options(self, **given: Any) -> dict[str, Any]:
        """Return what the solver is to know of these affinities, with what is given in its place."""
        known = {"gain": self.gain, "quality": self.quality, "importance": self.importance}
        return known | {"label_cost": self.label_cost, "novel": self.novel} | given

    def solve(self, budget: float, **options: Any) -> "Taxonomy":
        """Choose the sources to supervise; options as in `taskaffinity.analysis.taxonomy.solve`."""
        from taskaffinity.analysis.taxonomy import solve

        return solve(self.affinities, budget, **self.options(**options))

    def graph(self, budget: float, **options: Any) -> "nx.DiGraph":
        """Return the taxonomy of a budget as a networkx graph; options as in `solve`."""
        return self.solve(budget, **options).graph()

    def curve(self, budgets: Iterable[float] | None = None, **options: Any) -> pd.DataFrame:
        """Return what each budget buys, one row each.

        Parameters
        ----------
        budgets
            From 1 to the number of sources by default.
        **options
            Those of `taskaffinity.analysis.curve.curve`.

        Returns
        -------
        DataFrame
            The columns of ``curve.json`` (docs/formats.md), nested names joined by dots.
        """
        from taskaffinity.analysis.curve import curve

        wanted = range(1, len(self.sources) + 1) if budgets is None else budgets
        return pd.json_normalize(curve(self.affinities, wanted, **self.options(**options)))

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
    path: str | Path, gain: str | Path | None = None, quality: str | Path | None = None
) -> Affinities:
    """Read affinities from a table or a run.

    Parameters
    ----------
    path
        A CSV or Parquet table, one of Taskonomy's published ``.pkl`` files, or a run folder.
    gain, quality
        Tables of win rates; a run has its own.

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
    )


def _run_table(folder: Path, name: str) -> pd.DataFrame:
    file = folder / name
    if not file.is_file():
        raise RunError(f"{folder} has no {name} yet; finish it with `taskaffinity run`")
    return pd.read_csv(file)
