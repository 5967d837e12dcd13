"""The plan: every job of a run, and which of them the disk shows as done."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from taskaffinity.schedule.jobs import Identities, Job
from taskaffinity.store import RunFolder
from taskaffinity.training.experiment import Experiment

RANDOM_SOURCE = "random"


@dataclass(frozen=True)
class Plan:
    """All jobs of a run, in the order in which they are best begun.

    Attributes
    ----------
    jobs
        Sources first, then references, encodings and transfers, those of one target together: its labels are
        then read once, and encodings are small.
    self_cells
        Targets whose own network is a source of the run, and its job.
    """

    jobs: list[Job]
    self_cells: dict[str, Job]

    @cached_property
    def cells(self) -> dict[tuple[str, str], Job]:
        """The job of every cell, by target and sources."""
        own = {(target, "self"): job for target, job in self.self_cells.items()}
        return own | {job.cell: job for job in self.jobs if job.cell}

    @property
    def source_jobs(self) -> list[Job]:
        """The jobs that make sources."""
        return [job for job in self.jobs if job.kind in ("source", "random")]


def make_plan(experiment: Experiment) -> Plan:
    """Plan every transfer of first order with its sources and references."""
    ids = Identities(experiment)
    trained = {task.name: task for task in [*experiment.sources, *experiment.targets]}
    jobs = [Job("source", (name,), None, ids.source(task)) for name, task in sorted(trained.items())]
    self_cells = {job.sources[0]: job for job in jobs if "target" in trained[job.sources[0]].roles}
    identity = {job.sources[0]: job.identity for job in jobs}
    candidates = [task.name for task in experiment.sources]
    if experiment.has_random:
        identity[RANDOM_SOURCE] = ids.random()
        jobs.append(Job("random", (RANDOM_SOURCE,), None, identity[RANDOM_SOURCE]))
        candidates.append(RANDOM_SOURCE)
    maker = {job.sources[0]: job.name for job in jobs}
    for task in experiment.targets:
        jobs.append(Job("scratch", ("scratch",), task.name, ids.scratch(task)))
        jobs.append(Job("constant", ("constant",), task.name, ids.constant(task)))
    readouts: list[Job] = []
    for source in candidates:
        readouts += _transfers_from(source, identity[source], maker[source], experiment, ids)
    jobs += sorted(readouts, key=lambda job: (job.kind == "transfer", job.kind == "transfer" and job.target))
    return Plan(jobs, self_cells)


def _transfers_from(
    source: str, identity: str, maker: str, experiment: Experiment, ids: Identities
) -> list[Job]:
    """Plan the encodings of one source, one for each input transform, and the readouts on them."""
    by_transform: dict[str, list[str]] = {}
    for task in experiment.targets:
        by_transform.setdefault(repr(task.transform), []).append(task.name)
    jobs = []
    for names in by_transform.values():
        encode = Job("encode", (source,), names[0], identity, frozenset({maker}))
        jobs.append(encode)
        for name in names:
            key = ids.transfer({source: identity}, experiment.tasks[name])
            jobs.append(Job("transfer", (source,), name, key, frozenset({encode.name})))
    return jobs


def with_source_sets(
    plan: Plan, experiment: Experiment, chosen: Iterable[tuple[str, tuple[str, ...]]]
) -> Plan:
    """Add the transfers of higher order from given source sets.

    Parameters
    ----------
    plan
        The first-order plan; its encodings are used.
    experiment
        Data and tasks.
    chosen
        Pairs of a target and its sources.
    """
    ids = Identities(experiment)
    identity = {job.sources[0]: job.identity for job in plan.source_jobs}
    encoding = {
        (job.sources[0], repr(experiment.tasks[str(job.target)].transform)): job.name
        for job in plan.jobs
        if job.kind == "encode"
    }
    jobs = []
    for target, sources in chosen:
        task = experiment.tasks[target]
        key = ids.transfer({source: identity[source] for source in sources}, task)
        needs = frozenset(encoding[source, repr(task.transform)] for source in sources)
        jobs.append(Job("transfer", sources, target, key, needs))
    return replace(plan, jobs=[*plan.jobs, *jobs])


@dataclass(frozen=True)
class State:
    """What the disk shows of a plan.

    Attributes
    ----------
    done
        Names of the jobs whose results are there and current.
    stale
        How many results belong to another configuration, and will be made anew.
    diverged
        Cells, as pairs of target and sources, whose loss was not finite.
    """

    done: frozenset[str]
    stale: int
    diverged: list[tuple[str, str]]


def read_state(plan: Plan, folder: RunFolder) -> State:
    """Read off the disk which jobs are done."""
    done, stale, diverged = set(), 0, []
    own = {job.name: target for target, job in plan.self_cells.items()}
    for job in plan.source_jobs:
        facts = folder.whole_source_facts(job.sources[0])
        current = facts is not None and facts.get("identity") == job.identity
        stale += facts is not None and not current
        if current and job.name in own:
            current = _is_current(folder.cell_facts(own[job.name], "self"), job.identity)
        if current:
            done.add(job.name)
    for cell, job in plan.cells.items():
        facts = folder.cell_facts(*cell)
        if facts is None:
            continue
        if not _is_current(facts, job.identity):
            stale += 1
            continue
        if job.cell:
            done.add(job.name)
        if facts.get("diverged"):
            diverged.append(cell)
    done |= _needless_encodings(plan, done)
    return State(frozenset(done), stale, sorted(diverged))


def _is_current(facts: dict[str, object] | None, identity: str) -> bool:
    return facts is not None and facts.get("identity") == identity


def _needless_encodings(plan: Plan, done: set[str]) -> set[str]:
    """Name the encodings that no unfinished readout waits for."""
    wanted = {name for job in plan.jobs if job.name not in done for name in job.waits_for}
    return {job.name for job in plan.jobs if job.kind == "encode" and job.name not in wanted}
