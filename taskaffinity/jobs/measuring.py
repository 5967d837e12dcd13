"""Waves of a run that measures only part of its transfers (``transfer.measure``).

The first wave makes all sources and references. Every later one asks for the transfers that the plans hinge
on (`taskaffinity.analysis.measure`), as far as the waves before it tell. What a wave asks for follows from
the results of earlier waves alone, so that a resumed run, or one with other workers, asks for the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from taskaffinity.analysis import analyse, plan_orders
from taskaffinity.analysis.measure import Decision, Sweep
from taskaffinity.analysis.plan import PlanOptions, PlanTables, SourceRecord
from taskaffinity.engine.plan import Plan, read_state
from taskaffinity.jobs.transfer import TransferJob
from taskaffinity.names import RANDOM, SELF, split
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.measuring import Measuring, MeasuringRecord, WaveRecord
from taskaffinity.sources import Source
from taskaffinity.training.experiment import Outline

Pair = tuple[str, tuple[str, ...]]  # a target, and its sources

MOST_BUDGETS = 12  # that are looked at; more of them, spread evenly, say hardly more
TAIL = 0.025


@dataclass
class Waves:
    """Decides what each wave measures, and keeps what it decided.

    Attributes
    ----------
    run
        The run.
    sources
        Its sources, by name.
    every
        The plan of every transfer of first order.
    """

    run: Outline
    sources: Mapping[str, Source]
    every: Plan
    _decided: dict[frozenset[str], Decision] = field(default_factory=dict)
    _sets: dict[frozenset[str], list[Pair]] = field(default_factory=dict)

    @property
    def share(self) -> float | None:
        """The share of the transfers to measure; None for ``auto``."""
        measure = self.run.config.transfer.measure
        return None if isinstance(measure, str) else measure

    @cached_property
    def begin(self) -> Plan:
        """The first wave: all jobs but the transfers, and those from untrained features."""
        return Plan([
            job for job in self.every.jobs if not isinstance(job, TransferJob) or job.sources == (RANDOM,)
        ])  # fmt: skip

    @cached_property
    def _singles(self) -> list[Pair]:
        """Transfers of first order."""
        return [(job.target, job.sources) for job in self.every.jobs if isinstance(job, TransferJob)]

    def sweep(self, sets: Iterable[Pair] = ()) -> Sweep:
        """Return what can be measured, with the source sets of higher order that were chosen."""
        heads = [cell for job in self.every.source_jobs for cell in job.cells]
        own = [(target, tuple(split(name))) for target, name in heads]
        rows = [*self._singles, *sets, *own]
        table = pd.DataFrame({
            "target": [target for target, _ in rows],
            "sources": ["+".join(names) for _, names in rows],
            "affinity": 1.0,
        })  # fmt: skip
        records = [
            SourceRecord(source.name, {label.task: label.share for label in source.labels})
            for source in self.sources.values()
        ]
        config = self.run.config
        sweep = Sweep(
            PlanTables(table, sources=tuple(records)), self._steps(table, records),
            bound=config.transfer.regret, seed=config.seed, is_relative=True, given=frozenset(heads),
        )  # fmt: skip
        return replace(sweep, share=self._counted_share(table, sweep))

    def _counted_share(self, table: pd.DataFrame, sweep: Sweep) -> float | None:
        """Return the share of what is left to choose; untrained features count as measured."""
        if self.share is None:
            return None
        random = int((table["sources"] == RANDOM).sum())
        return max(0.0, (self.share * (sweep.counted + random) - random) / max(sweep.counted, 1))

    def _steps(self, table: pd.DataFrame, records: list[SourceRecord]) -> list[PlanOptions]:
        """Return the plans that the run will solve; affinity stands in for objectives of win rates."""
        settings, targets = self.run.config.taxonomy, sorted(set(table["target"]))
        tasks = self.run.tasks
        novel = [name for name in targets if "source" not in tasks[name].roles]
        labels = {task for record in records for task in record.labels} | set(targets)
        buyable = {name for names in table["sources"] for name in split(names)} - {SELF, RANDOM}
        buyable |= set(table.loc[table["sources"] == SELF, "target"])
        budgets = settings.budgets or list(range(1, len(buyable - set(novel)) + 1))
        if len(budgets) > MOST_BUDGETS:
            places = np.unique(np.geomspace(1, len(budgets), MOST_BUDGETS).round().astype(int)) - 1
            budgets = [sorted(budgets)[place] for place in places]
        objective = settings.objective if settings.objective in ("affinity", "sqrt") else "affinity"
        return [
            PlanOptions(
                budget=budget, objective=objective, novel=novel,
                importance={name: tasks[name].importance for name in targets},
                label_cost={name: task.label_cost for name, task in tasks.items() if name in labels},
            )
            for budget in sorted(budgets)
        ]  # fmt: skip

    def decide(self, sweep: Sweep, plan: Plan, folder: RunFolder) -> Decision:
        """Decide what to measure after the cells of a plan, which are there."""
        key = self._key(sweep, plan)
        if key not in self._decided:
            self._decided[key] = sweep.decide(values_of(sweep, plan, folder))
        return self._decided[key]

    def was_decided(self, sweep: Sweep, plan: Plan) -> bool:
        """Tell whether it is known what follows a plan; its cells are there, then."""
        return self._key(sweep, plan) in self._decided

    def higher_orders(self, sweep: Sweep, plan: Plan, folder: RunFolder, orders: list[int]) -> list[Pair]:
        """Choose source sets by affinities, measured and predicted alike."""
        key = self._key(sweep, plan)
        if key not in self._sets:
            draws = sweep.draws(values_of(sweep, plan, folder))
            self._sets[key] = plan_orders(sweep.tables.affinities.assign(affinity=draws.mean(axis=0)), orders)
        return self._sets[key]

    def _key(self, sweep: Sweep, plan: Plan) -> frozenset[str]:
        return frozenset([*(job.identity for job in plan.cells.values()), f"of {sweep.counted}"])


def values_of(sweep: Sweep, plan: Plan, folder: RunFolder) -> np.ndarray:
    """Return the affinities among the measured transfers, in the order of a sweep's table, NaN elsewhere."""
    measured = analyse(folder.losses_table(list(plan.cells)), resamples=0).affinities
    known = dict(
        zip(zip(measured["target"], measured["sources"], strict=True), measured["affinity"], strict=True)
    )
    table = sweep.tables.affinities
    pairs = zip(table["target"], table["sources"], strict=True)
    return np.array([known.get(pair, np.nan) for pair in pairs], float)


def pairs_of(sweep: Sweep, rows: np.ndarray) -> list[Pair]:
    """Return rows of a sweep's table as targets with their sources."""
    table = sweep.tables.affinities.iloc[rows]
    return [
        (target, tuple(split(names))) for target, names in zip(table["target"], table["sources"], strict=True)
    ]


def measuring_of(sweep: Sweep, values: np.ndarray, waves: list[WaveRecord], decision: Decision) -> Measuring:
    """Return what a run that has ended measured and predicted.

    Affinities are shares of a tournament of all transfers, so that those of a target, measured and
    predicted, sum to 1.
    """
    draws = sweep.draws(values)
    table = sweep.tables.affinities[["target", "sources"]]
    is_measured = ~np.isnan(values)
    low, high = np.quantile(draws, [TAIL, 1 - TAIL], axis=0)
    rows = table.assign(affinity=draws.mean(axis=0), low=low, high=high)
    held = rows[is_measured].groupby("target")["affinity"].sum()
    budgets = [float(step.budget or 0) for step in sweep.steps]
    is_readout = ~sweep.is_free | (table["sources"] == RANDOM).to_numpy()
    record = MeasuringRecord(
        transfers=int(is_readout.sum()), measured=int((is_measured & is_readout).sum()), bound=sweep.bound,
        waves=tuple(waves), budgets=tuple(budgets), regret=tuple(decision.regret.tolist()),
        held={str(target): float(value) for target, value in held.items()},
    )  # fmt: skip
    return Measuring(rows[~is_measured & is_readout].reset_index(drop=True), record)


def is_done(plan: Plan, folder: RunFolder) -> bool:
    """Tell whether a run folder holds every result of a plan."""
    return len(read_state(plan, folder).done) == len(plan.jobs)
