"""What a report is about: everything that was measured and concluded, joined and with titles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from taskaffinity.plots.labels import REFERENCES, DisplayLabel, by_group
from taskaffinity.runs.affinities import Affinities
from taskaffinity.runs.domains import GENERALISATION, AdaptationRow, GeneralisationRow, read_rows
from taskaffinity.runs.estimates import EstimatesRecord
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.insights import CertaintyRecord, PricesRecord, read_certainty, read_prices
from taskaffinity.runs.joint import read_changes, read_ranks
from taskaffinity.runs.measuring import Measuring, read_measuring
from taskaffinity.runs.opening import run_of
from taskaffinity.runs.records import (
    ComputationRecord,
    DataRecord,
    ForecastRecord,
    PlanRecord,
    SanityRecord,
    TaskRecord,
    TreeRecord,
    UnknownRecord,
)
from taskaffinity.runs.state import require_current
from taskaffinity.runs.tables import RunTables
from taskaffinity.text import one_line

KEYS = ["target", "sources"]
SIZE = "transfer_size"


@dataclass(frozen=True)
class Findings:
    """What was concluded, from losses to plans; any part but the affinities may be missing.

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
        One plan per order and budget; edges carry ``share`` where it is known.
    order
        The order that the run's own plans were solved for.
    sanity, tree, data, forecast, estimates, computation
        What a run recorded.
    unknown
        What the losses do not say, though it was measured.
    sources
        ``sources.csv``; None where there is none.
    wins_over_random
        How often readouts on each source beat those on random features: ``target``, ``sources``, ``wins``
        and ``images``; None where that is not known.
    adaptation, generalisation
        The rows of ``domains.csv`` and ``generalisation.csv``; none where a run adapted nothing.
    config
        The configuration, as text.
    joint, transfer_joint
        The tables of that name of a run; None where it has no joint networks.
    measuring
        What was predicted, where part of the transfers was measured.
    certainty, prices
        How sure the plan at the knee of the curve is, and what labels are worth to it.
    """

    name: str
    labels: Mapping[str, DisplayLabel]
    transfers: pd.DataFrame
    curve: Sequence[PlanRecord]
    order: int = 1
    sanity: SanityRecord | None = None
    tree: TreeRecord | None = None
    unknown: Sequence[UnknownRecord] = ()
    data: DataRecord | None = None
    forecast: ForecastRecord | None = None
    config: str | None = None
    estimates: EstimatesRecord | None = None
    computation: ComputationRecord | None = None
    sources: pd.DataFrame | None = None
    wins_over_random: pd.DataFrame | None = None
    adaptation: Sequence[AdaptationRow] = ()
    generalisation: Sequence[GeneralisationRow] = ()
    joint: pd.DataFrame | None = None
    transfer_joint: pd.DataFrame | None = None
    measuring: Measuring | None = None
    certainty: CertaintyRecord | None = None
    prices: PricesRecord | None = None

    @cached_property
    def targets(self) -> list[str]:
        """Targets, by group."""
        return by_group(self.transfers["target"].unique(), self.labels)

    @property
    def orders(self) -> list[int]:
        """Orders that plans were solved for."""
        return sorted({record.order for record in self.curve})

    def plan(self, order: int, budget: float) -> PlanRecord | None:
        """Return the plan of an order and a budget."""
        return next((record for record in self.curve if record.key == (order, float(budget))), None)

    @property
    def has_losses(self) -> bool:
        """Whether mean losses are known, and not only affinities."""
        return bool(self.transfers["loss"].notna().any())


def read_findings(path: Path) -> Findings:
    """Read the findings of a run folder.

    Raises
    ------
    RunError
        It has no affinities yet, its tables belong to an earlier configuration, or a file is damaged.
    """
    folder = RunFolder(path)
    require_current(folder, "affinities.csv")
    run, tables = run_of(folder), RunTables(folder)
    return Findings(
        name=one_line(path.resolve().name),
        labels=labels_of(run),
        transfers=joined(run),
        curve=run.plans,
        order=run.order,
        sanity=run.sanity_record,
        tree=run.tree_record,
        unknown=run.unknown,
        data=tables.data(),
        forecast=tables.forecast(),
        config=tables.config_text(),
        estimates=run.estimates_record,
        computation=run.computation_record,
        sources=run.sources_table,
        wins_over_random=tables.wins_over_random(),
        adaptation=run.adaptation,
        generalisation=read_rows(folder, GENERALISATION, GeneralisationRow),
        joint=read_changes(folder),
        transfer_joint=read_ranks(folder),
        measuring=read_measuring(folder),
        certainty=read_certainty(folder),
        prices=read_prices(folder),
    )


def joined(found: Affinities) -> pd.DataFrame:
    """Join the tables of measurements; see `Findings.transfers`."""
    return join_tables(found.affinities, found.gain, found.quality, found.performance)


def join_tables(
    affinities: pd.DataFrame,
    gain: pd.DataFrame | None = None,
    quality: pd.DataFrame | None = None,
    performance: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Join tables by target and sources; columns that are missing are empty.

    Of a source set that was tried at several transfer sizes, the largest is taken.
    """
    table = _with_bounds(affinities, "affinity")
    for name, rates in (("gain", gain), ("quality", quality)):
        table = table.merge(_with_bounds(rates, name), on=KEYS, how="outer")
    losses = pd.DataFrame(columns=[*KEYS, "loss"]) if performance is None else _largest_size(performance)
    losses = losses.reindex(columns=[*KEYS, "loss", "images", "diverged"])
    table = table.merge(losses, on=KEYS, how="outer")
    table["diverged"] = table["diverged"].map(lambda value: str(value).lower() in ("true", "1", "1.0"))
    numbers = [column for column in table.columns if column not in (*KEYS, "diverged")]
    table[numbers] = table[numbers].astype(float)
    return table.sort_values(KEYS, ignore_index=True)


def _with_bounds(table: pd.DataFrame | None, name: str) -> pd.DataFrame:
    columns = [*KEYS, name, "low", "high"]
    table = pd.DataFrame(columns=columns) if table is None else _largest_size(table).reindex(columns=columns)
    table = table.astype({"target": object, "sources": object, name: float, "low": float, "high": float})
    return table.rename(columns={"low": f"{name}_low", "high": f"{name}_high"})


def _largest_size(table: pd.DataFrame) -> pd.DataFrame:
    table = table.astype(dict.fromkeys(KEYS, str))
    if SIZE in table:
        table = table.sort_values(SIZE, na_position="first", kind="stable")
    return table.drop_duplicates(KEYS, keep="last")


def labels_of(found: Affinities) -> dict[str, DisplayLabel]:
    """Label the tasks of measurements: from what a run says of them, else from the dictionary."""
    return make_labels({**_sources(found), **found.tasks}, {*found.targets, *found.members})


def _sources(found: Affinities) -> dict[str, TaskRecord]:
    """Return the title and the group of each source, where a table of sources says so."""
    if found.sources_table is None:
        return {}
    rows = found.sources_table[["source", "title", "group"]].dropna().itertuples(index=False)
    return {name: TaskRecord(title=title, group=group) for name, title, group in rows}


def make_labels(tasks: Mapping[str, TaskRecord], names: set[str]) -> dict[str, DisplayLabel]:
    """Label tasks from what a run says of them, else from the dictionary, by either of its names."""
    labels = {
        name: DisplayLabel(one_line(task.title), one_line(task.group), one_line(task.metric or "loss"))
        for name, task in tasks.items()
        if task.title is not None
    }
    missing = names - set(labels) - set(REFERENCES)
    if missing:
        from taskaffinity.tasks import discover

        for task in discover().values():
            for name in missing & {task.name, str(task.published)}:
                labels[name] = DisplayLabel(task.title, task.group, task.metric or "loss")
    return labels
