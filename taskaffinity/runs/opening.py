"""Opening what was measured: a run folder, a table of affinities, or a table of losses."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from taskaffinity.analysis.tables import read_table
from taskaffinity.errors import RunError
from taskaffinity.names import split
from taskaffinity.runs.affinities import Affinities, Run
from taskaffinity.runs.domains import ADAPTATION, AdaptationRow, read_rows
from taskaffinity.runs.estimates import read_estimates
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.records import DataRecord, PlanRecord, SanityRecord, UnknownRecord
from taskaffinity.runs.state import require_current
from taskaffinity.runs.tables import RunTables

if TYPE_CHECKING:
    from taskaffinity.analysis import Analysis

LOSS_COLUMNS = {"image", "loss"}


def open_measured(
    path: str | Path, gain: str | Path | None = None, quality: str | Path | None = None,
    sources: str | Path | None = None,
) -> Affinities:  # fmt: skip
    """Open what was measured, here or elsewhere.

    Parameters
    ----------
    path
        A run folder; a table of affinities as CSV, Parquet, or one of Taskonomy's published ``.pkl`` files;
        or a table of losses, which is analysed.
    gain, quality
        Tables of win rates, in place of those of the run or of the losses.
    sources
        The table of what sources need and cost; the ``sources.csv`` of the run, or beside the table, when
        left out.

    Returns
    -------
    Affinities
        A `Run` where the path is a run folder.

    Raises
    ------
    TableError
        A file cannot be read as such a table.
    RunError
        The folder is not a run, is not finished, or its tables belong to an earlier configuration.
    """
    path = Path(path)
    if path.is_dir():
        measurements: Affinities = load_run(path)
    elif has_losses(path):
        measurements = _of_losses(path)
    else:
        measurements = Affinities(path, read_table(path, "affinity"))
    return replace(
        measurements,
        sources_table=sources_beside(path, sources)
        if sources or not path.is_dir()
        else measurements.sources_table,
        gain=read_table(Path(gain), "gain") if gain else measurements.gain,
        quality=read_table(Path(quality), "quality") if quality else measurements.quality,
    )


def sources_beside(path: Path, given: str | Path | None) -> pd.DataFrame | None:
    """Read the table of sources that is given or stands beside a table; None where there is none."""
    from taskaffinity.analysis.plan.sources import FILE, frame_of, read_sources

    file = Path(given) if given else path.parent / FILE
    if given or (file.is_file() and file != path):
        return frame_of(read_sources(file))
    return None


def load_run(path: str | Path) -> Run:
    """Open a finished run.

    Raises
    ------
    RunError
        The folder is not a run, is not finished, or its tables belong to an earlier configuration.
    """
    folder = RunFolder(Path(path)).require()
    for wanted in ("affinities.csv", "performance.csv"):
        require_current(folder, wanted)
    return run_of(folder)


def run_of(folder: RunFolder) -> Run:
    """Read a run whatever state its tables are in.

    Raises
    ------
    RunError
        There are no affinities yet, or a file is damaged.
    """
    tables = RunTables(folder)
    affinities = tables.rates("affinity")
    if affinities is None:
        raise RunError(f"{folder.path} has no affinities.csv yet; finish it with `taskaffinity run`")
    data, solved = tables.data() or DataRecord(), tables.plans()
    targets = set(affinities["target"])
    members = {name for sources in set(affinities["sources"]) for name in split(sources)}
    tasks = {name: task for name, task in data.tasks.items() if name in targets | members}
    return Run(
        folder.path,
        affinities,
        gain=tables.rates("gain"),
        quality=tables.rates("quality"),
        performance=tables.performance(),
        importance={
            n: t.importance for n, t in tasks.items() if n in targets and "importance" in t.model_fields_set
        },
        label_cost={n: t.label_cost for n, t in tasks.items() if "label_cost" in t.model_fields_set},
        novel=tuple(
            n for n, t in tasks.items() if n in targets and t.roles is not None and "source" not in t.roles
        ),
        tasks=tasks,
        sanity_record=tables.sanity(),
        unknown=tables.unknown(),
        sources_table=tables.sources(),
        plans=joined_plans(tables.curve(), solved),
        order=max((record.order for record in solved), default=1),
        tree_record=tables.tree(),
        estimates_record=read_estimates(folder),
        computation_record=tables.computation(),
        adaptation=read_rows(folder, ADAPTATION, AdaptationRow),
    )


def joined_plans(curve: tuple[PlanRecord, ...], solved: tuple[PlanRecord, ...]) -> tuple[PlanRecord, ...]:
    """Put the shares of the solved plans beside the curve's, and those in that the curve lacks."""
    records = {record.key: record for record in curve if record.transfers}
    for record in solved:
        same_plan = records.get(record.key)
        beside = {"random": same_plan.random, "p_value": same_plan.p_value} if same_plan else {}
        records[record.key] = record.model_copy(update=beside)
    return tuple(records[key] for key in sorted(records))


def has_losses(path: Path) -> bool:
    """Tell a table of losses by its columns; what cannot be read is left to the reader of affinities."""
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet as parquet

            names = set(parquet.read_schema(path).names)
        elif path.suffix == ".csv":
            names = set(pd.read_csv(path, nrows=0).columns)
        else:
            return False
    except (OSError, ValueError):
        return False
    return names >= LOSS_COLUMNS and "affinity" not in names


def _of_losses(path: Path) -> Affinities:
    from taskaffinity.analysis.measured import analyse
    from taskaffinity.analysis.tables import read_losses

    return affinities_of(path, analyse(read_losses(path)))


def affinities_of(path: Path, analysis: "Analysis") -> Affinities:
    """Return what was found in a table of losses, without what its sources need and cost."""
    return Affinities(
        path,
        analysis.affinities,
        gain=None if analysis.gain.empty else analysis.gain,
        quality=None if analysis.quality.empty else analysis.quality,
        performance=analysis.performance,
        sanity_record=SanityRecord.model_validate(analysis.sanity),
        unknown=tuple(UnknownRecord.model_validate(one.record()) for one in analysis.unknown),
    )
