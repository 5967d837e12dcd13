"""Estimates of a run: its sources are made and encoded, and no readout is trained."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from taskaffinity.analysis.estimates import Estimate, Estimated, NotDefined, Outcome, rank_all
from taskaffinity.engine.account import Account
from taskaffinity.engine.plan import Plan, read_state
from taskaffinity.errors import RunError
from taskaffinity.jobs.encoded import EncodedRun, sizes_of
from taskaffinity.jobs.executor import check_executor, local_context
from taskaffinity.jobs.preparation import Prepared, Show, prepare_run
from taskaffinity.logfile import logging_to
from taskaffinity.names import CONSTANT, JOINER, SCRATCH, SELF
from taskaffinity.pipeline import Crew, conclusion_settings, sweep
from taskaffinity.runs.estimates import (
    EstimatesRecord,
    UndefinedRecord,
    WarningRecord,
    ranking_records,
    write_estimates,
)
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import record_jobs
from taskaffinity.runs.state import is_current
from taskaffinity.runs.tables import RunTables
from taskaffinity.training.devices import devices_of


@dataclass
class Tally:
    """Values as they come, with what is said of them.

    Attributes
    ----------
    rows
        Source, target, estimate and value; NaN where not defined.
    undefined
        Pairs by estimate and reason.
    warnings
        How many pairs, by estimate and kind of warning.
    seconds
        What each estimate took.
    """

    rows: list[tuple[str, str, str, float]] = field(default_factory=list)
    undefined: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    warnings: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def add(self, source: str, target: str, estimate: str, outcome: Outcome) -> None:
        """Take one outcome."""
        if isinstance(outcome, Estimated):
            self.rows.append((source, target, estimate, outcome.value))
            if outcome.warning:
                self.warnings[estimate, outcome.warning] += 1
        else:
            self.rows.append((source, target, estimate, float("nan")))
            self.undefined[estimate, outcome.reason].append((source, target))

    @property
    def table(self) -> pd.DataFrame:
        """The frame of ``estimates.csv``."""
        return pd.DataFrame(self.rows, columns=["source", "target", "estimate", "value"])


def estimate_run(
    folder: RunFolder, chosen: Sequence[Estimate], show: Show
) -> tuple[pd.DataFrame, EstimatesRecord]:
    """Estimate every pair of source and target of a run, and record it in its folder.

    Sources that are missing are made, and encodings that are missing are computed; both are kept, and
    `taskaffinity run` goes on from there. Where readouts were measured, it is also said how well each
    estimate ranks them.

    Parameters
    ----------
    folder
        A run folder; its configuration names data and tasks.
    chosen
        The estimates.
    show
        Who watches.

    Returns
    -------
    tuple
        The frame of ``estimates.csv``, and the record of ``estimates.json``.

    Raises
    ------
    RunError
        It is no run folder, or its sources belong to another configuration.
    """
    config = folder.require().config()
    check_executor(config)
    with folder.locked(), logging_to(folder.log_file):
        prepared = prepare_run(config, show)
        make_sources(prepared, folder, show)
        worker = local_context(prepared.experiment, folder).open(devices_of(config)[0])
        run = EncodedRun(worker, prepared.plan)
        tally = estimate_pairs(run, chosen, show)
        record = record_of(folder, tally, run, {estimate.name: estimate.title for estimate in chosen})
        write_estimates(folder, tally.table, record)
    return tally.table, record


def make_sources(prepared: Prepared, folder: RunFolder, show: Show) -> None:
    """Make the sources that the folder does not have.

    Raises
    ------
    RunError
        It has sources of another configuration or version, which would be lost.
    """
    plan = Plan(prepared.plan.source_jobs)
    state = read_state(plan, folder)
    if state.stale:
        raise RunError(
            f"{folder.path}: {state.stale} results of its sources belong to another configuration or "
            f"version; make them new with `taskaffinity run --out {folder.path}`"
        )
    missing = len(plan.jobs) - len(state.done)
    if folder.jobs() is None:
        settings = conclusion_settings(prepared.experiment)
        folder.write_jobs(record_jobs(prepared.plan.jobs, settings))
    if missing:
        show.say(f"{missing} sources are not there yet and are made first")
        with Crew(prepared.experiment, folder) as crew:
            sweep(prepared, plan, folder, show, Account(folder), crew)


def estimate_pairs(run: EncodedRun, chosen: Sequence[Estimate], show: Show) -> Tally:
    """Encode what is missing, and estimate every pair."""
    advance = show.step("encoding", len(run.encode_jobs))
    for job in run.encode_jobs:
        run.encode(job)
        advance(1)
    tally = Tally()
    advance = show.step("estimating", len(run.pairs))
    for source, target in run.pairs:
        samples = run.samples(source, target)
        for estimate in chosen:
            start = time.perf_counter()
            outcome = samples if isinstance(samples, NotDefined) else estimate.of(samples)
            tally.seconds[estimate.name] += time.perf_counter() - start
            tally.add(source, target, estimate.name, outcome)
        advance(1)
    return tally


def record_of(folder: RunFolder, tally: Tally, run: EncodedRun, titles: dict[str, str]) -> EstimatesRecord:
    """Make the record: what is said of the values, and how well they rank what was measured."""
    performance, jobs = measured_performance(folder), folder.jobs()
    rankings = [] if performance is None else rank_all(tally.table, performance, sizes_of(run))
    return EstimatesRecord(
        state=jobs.state if jobs else "",
        is_measured=performance is not None,
        sources=tuple(sorted({source for source, _ in run.pairs})),
        targets=tuple(sorted({target for _, target in run.pairs})),
        rankings=ranking_records(rankings, titles),
        undefined=tuple(
            UndefinedRecord(
                estimate=name, reason=reason, pairs=len(pairs), targets=tuple(sorted({t for _, t in pairs}))
            )
            for (name, reason), pairs in tally.undefined.items()
        ),
        warnings=tuple(
            WarningRecord(estimate=name, reason=reason, pairs=count)
            for (name, reason), count in tally.warnings.items()
        ),
        seconds=dict(tally.seconds),
    )


def measured_performance(folder: RunFolder) -> pd.DataFrame | None:
    """Return minus the mean test loss of every measured first-order readout; None where none was measured.

    Returns
    -------
    DataFrame or None
        Columns ``source``, ``target``, ``performance``.
    """
    table = RunTables(folder).performance() if is_current(folder) else None
    if table is None:
        return None
    is_set = table["sources"].str.contains(JOINER, regex=False)
    single = table[~table["sources"].isin((SELF, SCRATCH, CONSTANT)) & ~is_set]
    if "transfer_size" in single:  # of several, the largest
        single = single.sort_values("transfer_size", kind="stable")
        single = single.drop_duplicates(["target", "sources"], keep="last")
    if single.empty:
        return None
    frame = single[["sources", "target"]].rename(columns={"sources": "source"})
    return frame.assign(performance=-single["loss"]).reset_index(drop=True)
