"""What a report is about: everything a run concluded, read from its files or made from tables."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from taskaffinity.errors import RunError
from taskaffinity.plots.labels import REFERENCES, Label

KEYS = ["target", "sources"]


@dataclass(frozen=True)
class Findings:
    """What was concluded, from losses to taxonomies; any part but the affinities may be missing.

    Attributes
    ----------
    name
        The name of the run or of the table.
    labels
        How tasks are shown.
    transfers
        One row per measured transfer and reference: ``target``, ``sources``, ``affinity``, ``affinity_low``,
        ``affinity_high``, likewise for ``gain`` and ``quality``, and ``loss``, ``images``, ``diverged``.
    curve
        One record per order and budget, as in ``curve.json``; edges carry ``share`` where it is known.
    order
        The order that the run's own taxonomies were solved for.
    sanity, tree, data, forecast
        The JSON files of those names.
    config
        The configuration, as text.
    """

    name: str
    labels: Mapping[str, Label]
    transfers: pd.DataFrame
    curve: list[dict[str, Any]]
    order: int = 1
    sanity: dict[str, Any] | None = None
    tree: dict[str, Any] | None = None
    data: dict[str, Any] = field(default_factory=dict)
    forecast: dict[str, Any] | None = None
    config: str | None = None

    @cached_property
    def targets(self) -> list[str]:
        """Targets, by group."""
        from taskaffinity.plots.labels import by_group

        return by_group(self.transfers["target"].unique(), self.labels)

    @property
    def orders(self) -> list[int]:
        """Orders that taxonomies were solved for."""
        return sorted({int(record["order"]) for record in self.curve})

    def taxonomy(self, order: int, budget: float) -> dict[str, Any] | None:
        """Return the record of an order and a budget."""
        found = (r for r in self.curve if r["order"] == order and r["budget"] == budget)
        return next(found, None)

    @property
    def has_losses(self) -> bool:
        """Whether mean losses are known, and not only affinities."""
        return bool(self.transfers["loss"].notna().any())


def read_findings(folder: Path) -> Findings:
    """Read the findings of a run folder.

    Raises
    ------
    RunError
        It has no affinities yet.
    """
    affinities = _table(folder, "affinities.csv")
    if affinities is None:
        raise RunError(f"{folder} has no affinities.csv yet; go on with the same `taskaffinity run`")
    tables = {name: _table(folder, f"{name}.csv") for name in ("gain", "quality", "performance")}
    solved = [json.loads(file.read_text("utf-8")) for file in (folder / "taxonomy").glob("budget-*.json")]
    data = _read(folder, "data.json") or {}
    config = folder / "config.yaml"
    told = {**_sources(folder), **data.get("tasks", {})}
    return Findings(
        name=folder.resolve().name,
        labels=labels_of(told, set(affinities["target"]) | _tasks_in(affinities)),
        transfers=join_tables(affinities, **tables),
        curve=join_curve(_read(folder, "curve.json") or [], solved),
        order=max((int(record.get("order", 1)) for record in solved), default=1),
        sanity=_read(folder, "sanity.json"),
        tree=_read(folder, "tree.json"),
        data=data,
        forecast=_read(folder, "forecast.json"),
        config=config.read_text("utf-8") if config.is_file() else None,
    )


def join_tables(
    affinities: pd.DataFrame,
    gain: pd.DataFrame | None = None,
    quality: pd.DataFrame | None = None,
    performance: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Join the tables of a run by target and sources; columns that are missing are empty."""
    joined = _with_bounds(affinities, "affinity")
    for name, table in (("gain", gain), ("quality", quality)):
        joined = joined.merge(_with_bounds(table, name), on=KEYS, how="outer")
    losses = pd.DataFrame(columns=[*KEYS, "loss"]) if performance is None else performance
    losses = losses.reindex(columns=[*KEYS, "loss", "images", "diverged"])
    joined = joined.merge(losses, on=KEYS, how="outer")
    joined["diverged"] = joined["diverged"].map(lambda value: str(value).lower() in ("true", "1", "1.0"))
    numbers = [column for column in joined.columns if column not in (*KEYS, "diverged")]
    joined[numbers] = joined[numbers].astype(float)
    return joined.sort_values(KEYS, ignore_index=True)


def _with_bounds(table: pd.DataFrame | None, name: str) -> pd.DataFrame:
    columns = [*KEYS, name, "low", "high"]
    table = pd.DataFrame(columns=columns) if table is None else table.reindex(columns=columns)
    table = table.astype({"target": object, "sources": object, name: float, "low": float, "high": float})
    return table.rename(columns={"low": f"{name}_low", "high": f"{name}_high"})


def join_curve(curve: list[dict[str, Any]], solved: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the shares of the solved taxonomies beside the curve's edges, and those in that the curve lacks."""
    records = {(int(r["order"]), float(r["budget"])): r for r in curve if r.get("transfers")}
    for record in solved:
        key = int(record.get("order", 1)), float(record["budget"])
        records[key] = {**records.get(key, {}), **record, "order": key[0]}
    return [records[key] for key in sorted(records)]


def labels_of(told: Mapping[str, Mapping[str, Any]], names: set[str]) -> dict[str, Label]:
    """Label tasks from what a run says of them, else from the dictionary, by our name or its."""
    labels = {
        name: Label(str(facts["title"]), str(facts["group"]), str(facts.get("metric") or "loss"))
        for name, facts in told.items()
    }
    missing = names - set(labels) - set(REFERENCES)
    if missing:
        from taskaffinity.tasks import discover

        for task in discover().values():
            for name in missing & {task.name, str(task.published)}:
                labels[name] = Label(task.title, task.group, task.metric or "loss")
    return labels


def _sources(folder: Path) -> dict[str, dict[str, str]]:
    """Read the title and the group of each source; nothing where the run has no table of them."""
    table = _table(folder, "sources.csv")
    if table is None:
        return {}
    rows = zip(table["source"], table["title"], table["group"], strict=True)
    return {name: {"title": title, "group": group} for name, title, group in rows}


def _tasks_in(table: pd.DataFrame) -> set[str]:
    return {name for sources in table["sources"].unique() for name in str(sources).split("+")}


def _table(folder: Path, name: str) -> pd.DataFrame | None:
    file = folder / name
    if not file.is_file():
        return None
    try:
        return pd.read_csv(file)
    except ValueError as error:
        raise RunError(f"{file} cannot be read ({error}); run the same command again") from None


def _read(folder: Path, name: str) -> Any:
    file = folder / name
    if not file.is_file():
        return None
    try:
        return json.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise RunError(f"{file} is not JSON ({error}); run the same command again") from None
