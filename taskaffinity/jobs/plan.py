"""The plan of a run: its sources, references, encodings and transfers, in waves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from taskaffinity.analysis import analyse, plan_orders
from taskaffinity.engine.plan import Plan, read_state
from taskaffinity.jobs.encode import EncodeJob
from taskaffinity.jobs.references import ConstantJob, ScratchJob
from taskaffinity.jobs.source import SourceJob
from taskaffinity.jobs.transfer import TransferJob
from taskaffinity.runs.folder import RunFolder
from taskaffinity.sources import Source
from taskaffinity.tasks import Task
from taskaffinity.training.experiment import Experiment, Outline

Pair = tuple[str, tuple[str, ...]]  # a target, and its sources


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

    def first_order(self) -> Plan:
        """Plan every transfer of first order with its sources and references.

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


def plan_waves(planner: Planner, first: Plan, folder: RunFolder) -> list[Plan]:
    """Plan the waves of a run as far as its folder tells: each plan holds the one before it.

    The first wave is every first-order transfer. Where ``transfer.orders`` asks for more, the second adds the
    source sets that `taskaffinity.analysis.orders.plan_orders` names, once the first is done.

    Parameters
    ----------
    planner, first
        What plans the run, and its plan of first order.
    folder
        What is measured.

    Returns
    -------
    list
        One plan, or two where the second can be planned already.
    """
    orders = [order for order in planner.run.config.transfer.orders if order > 1]
    if not orders or len(read_state(first, folder).done) < len(first.jobs):
        return [first]
    losses = folder.losses_table(list(first.cells))
    chosen = plan_orders(analyse(losses, resamples=0).affinities, orders)
    return [first, planner.with_source_sets(first, chosen)]
