"""The plan of a run: its sources, references, encodings and transfers, in waves."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from taskaffinity.analysis import analyse, plan_orders
from taskaffinity.analysis.measure import Decision
from taskaffinity.engine.plan import Plan
from taskaffinity.jobs.encode import EncodeJob
from taskaffinity.jobs.measuring import Pair, Waves, is_done, measuring_of, pairs_of, values_of
from taskaffinity.jobs.references import ConstantJob, ScratchJob
from taskaffinity.jobs.source import SourceJob
from taskaffinity.jobs.transfer import TransferJob
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.measuring import Measuring, WaveRecord
from taskaffinity.sources import Source
from taskaffinity.tasks import Task
from taskaffinity.training.experiment import Experiment, Outline


@dataclass(frozen=True)
class Planner:
    """Plans the jobs of a run.

    Attributes
    ----------
    run
        What identities depend on.
    sources
        The sources, by name.
    targets
        The tasks that encodings are read out for.
    """

    run: Outline
    sources: Mapping[str, Source]
    targets: list[Task]

    @cached_property
    def first_order(self) -> Plan:
        """Every transfer of first order with its sources and references.

        Sources come first, then references, encodings and transfers, those of one target together: its labels
        are then read once, and encodings are small.
        """
        source_jobs = {name: SourceJob.of(source, self.sources) for name, source in self.sources.items()}
        references = [kind.of(self.run, task) for task in self.targets for kind in (ScratchJob, ConstantJob)]
        encodings = self._encodings(source_jobs)
        own = {cell for job in source_jobs.values() for cell in job.cells}
        transfers = [
            self._transfer(target, (source.name,), encodings)
            for target in sorted(self.targets, key=lambda task: task.name)
            for source in self.sources.values()
            if source.is_offered and (target.name, source.name) not in own
        ]
        return Plan([*source_jobs.values(), *references, *dict.fromkeys(encodings.values()), *transfers])

    def with_source_sets(self, plan: Plan, chosen: Iterable[Pair]) -> Plan:
        """Add the transfers of higher order from given source sets to the plan of first order."""
        tasks = {task.name: task for task in self.targets}
        source_jobs = {str(job.makes): job for job in plan.jobs if isinstance(job, SourceJob)}
        encodings = self._encodings(source_jobs)
        more = [self._transfer(tasks[target], sources, encodings) for target, sources in chosen]
        return Plan([*plan.jobs, *more])

    @cached_property
    def waves(self) -> Waves:
        """What decides the waves of a run that measures part of its transfers."""
        return Waves(self.run, self.sources, self.first_order)

    def with_transfers(self, plan: Plan, chosen: Iterable[Pair]) -> Plan:
        """Add transfers, targets together, so that those of one target can be trained side by side."""
        return self.with_source_sets(plan, sorted(chosen))

    def _encodings(self, source_jobs: Mapping[str, SourceJob]) -> dict[tuple[str, str], EncodeJob]:
        """Plan the encodings of every source, one for each input transform; by source and target."""
        by_transform: dict[str, list[str]] = defaultdict(list)
        for task in self.targets:
            by_transform[task.transform_identity].append(task.name)
        jobs: dict[tuple[str, str], EncodeJob] = {}
        for source in self.sources.values():
            if source.is_offered:
                for targets in by_transform.values():
                    job = EncodeJob.of(source_jobs[source.name], targets[0])
                    jobs |= {(source.name, target): job for target in targets}
        return jobs

    def _transfer(
        self, target: Task, sources: tuple[str, ...], encodings: Mapping[tuple[str, str], EncodeJob]
    ) -> TransferJob:
        jobs = [encodings[source, target.name] for source in sources]
        return TransferJob.of(self.run, [self.sources[name] for name in sources], jobs, target)


def planner_of(experiment: Experiment, sources: Mapping[str, Source]) -> Planner:
    """Return the planner of an experiment with its sources."""
    return Planner(experiment.outline, sources, experiment.targets)


def plan_waves(planner: Planner, folder: RunFolder) -> list[Plan]:
    """Plan the waves of a run as far as its folder tells: each plan holds the one before it.

    Where everything is measured, the first wave is every first-order transfer. Where ``transfer.orders`` asks
    for more, the second adds the source sets that `taskaffinity.analysis.orders.plan_orders` names, once the
    first is done. Where ``transfer.measure`` asks for a part, `_measured_waves` says what the waves are.

    Parameters
    ----------
    planner
        What plans the run.
    folder
        What is measured.

    Returns
    -------
    list
        As many plans as can be planned already.
    """
    if planner.run.config.transfer.measure != "all":
        return _measured_waves(planner, folder)[0]
    first = planner.first_order
    orders = [order for order in planner.run.config.transfer.orders if order > 1]
    if not orders or not is_done(first, folder):
        return [first]
    losses = folder.losses_table(list(first.cells))
    chosen = plan_orders(analyse(losses, resamples=0).affinities, orders)
    return [first, planner.with_source_sets(first, chosen)]


def measuring(planner: Planner, folder: RunFolder) -> Measuring | None:
    """Return what a run whose waves are done measured and predicted; None where it measures everything."""
    if planner.run.config.transfer.measure == "all":
        return None
    return _measured_waves(planner, folder)[1]


def _measured_waves(planner: Planner, folder: RunFolder) -> tuple[list[Plan], Measuring | None]:
    """Plan the waves of a run that measures a part; and what it predicts, once it is at its end.

    The first wave makes sources and references; then each asks for some transfers. Source sets of higher
    order are named when those of first order are at their end, and compete from then on.
    """
    waves, records = [planner.waves.begin], []
    orders = [order for order in planner.run.config.transfer.orders if order > 1]
    sweep = planner.waves.sweep()
    while planner.waves.was_decided(sweep, waves[-1]) or is_done(waves[-1], folder):
        decision = planner.waves.decide(sweep, waves[-1], folder)
        if len(decision.rows):
            records.append(_record(waves[-1], decision))
            waves.append(planner.with_transfers(waves[-1], pairs_of(sweep, decision.rows)))
        elif orders:
            sweep = planner.waves.sweep(planner.waves.higher_orders(sweep, waves[-1], folder, orders))
            orders = []
        else:
            values = values_of(sweep, waves[-1], folder)
            return waves, measuring_of(sweep, values, records, decision)
    return waves, None


def _record(plan: Plan, decision: Decision) -> WaveRecord:
    measured = sum(isinstance(job, TransferJob) for job in plan.jobs)
    highest = float(decision.regret.max())
    return WaveRecord(
        measured=measured, asked=len(decision.rows), regret=highest if math.isfinite(highest) else None
    )
