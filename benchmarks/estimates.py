"""Seconds of each estimate per source and target, against the readout that it replaces.

    python benchmarks/estimates.py RUN [--targets N] [--out FILE]

RUN is a run folder whose sources were trained; nothing in it changes but its cache of encodings.
Encodings come first and are not counted, for both sides need them. For each target, all readouts of
first order are trained as a run does it (side by side), and every estimate is computed for every source.
``shared`` is reading labels and bringing encodings and labels to samples, per pair; all estimates of a
pair share it, and it is added to each here. ``ratio`` is the seconds of a readout over those of an
estimate with what is shared.
"""

import argparse
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, cast

from table import Silent, show

from taskaffinity.analysis.estimates import NotDefined, estimates
from taskaffinity.engine.job import together
from taskaffinity.jobs.encoded import EncodedRun
from taskaffinity.jobs.executor import local_context
from taskaffinity.jobs.preparation import prepare_run
from taskaffinity.jobs.transfer import TransferJob
from taskaffinity.runs.folder import RunFolder
from taskaffinity.training.devices import bundle_of, devices_of


def open_run(path: Path) -> EncodedRun:
    """Open a run with one worker, its encodings filled."""
    folder = RunFolder(path).require()
    config = folder.config()
    prepared = prepare_run(config, Silent())
    worker = local_context(prepared.experiment, folder).open(devices_of(config)[0])
    run = EncodedRun(worker, prepared.plan)
    for job in run.encode_jobs:
        run.encode(job)
    return run


def readout_seconds(run: EncodedRun, target: str, bundle: int) -> float:
    """Train all readouts into a target as a run does; return the seconds of one."""
    jobs = [job for job in run.plan.jobs if isinstance(job, TransferJob) and job.target == target]
    groups: dict[Any, list[TransferJob]] = defaultdict(list)
    for job in jobs:
        groups[job.group].append(job)
    began = time.perf_counter()
    for group in groups.values():
        for start in range(0, len(group), bundle):
            run.worker.perform(cast(TransferJob, together(group[start : start + bundle])))
    return (time.perf_counter() - began) / len(jobs)


def estimate_seconds(run: EncodedRun, target: str) -> dict[str, float]:
    """Compute every estimate of every source into a target; return the seconds of a pair, by name."""
    sources = [source for source, into in run.pairs if into == target]
    seconds: dict[str, float] = defaultdict(float)
    for source in sources:
        began = time.perf_counter()
        samples = run.samples(source, target)
        seconds["shared"] += time.perf_counter() - began
        if isinstance(samples, NotDefined):
            continue
        for name, estimate in estimates().items():
            began = time.perf_counter()
            if not isinstance(estimate.of(samples), NotDefined):
                seconds[name] += time.perf_counter() - began
    return {name: total / len(sources) for name, total in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="a run folder whose sources were trained")
    parser.add_argument("--targets", type=int, help="only the first so many targets")
    parser.add_argument("--out", type=Path, help="write the JSON here too")
    given = parser.parse_args()
    run = open_run(given.run)
    targets = list(dict.fromkeys(target for _, target in run.pairs))[: given.targets]
    bundle = bundle_of(run.worker.context.config)
    readout_seconds(run, targets[0], bundle)  # what is loaded once is loaded
    estimate_seconds(run, targets[0])
    rows = []
    for target in targets:
        readout, seconds = readout_seconds(run, target, bundle), estimate_seconds(run, target)
        shared = seconds.pop("shared")
        for name, value in seconds.items():
            rows.append({"target": target, "estimate": name, "seconds": value, "shared": shared,
                         "readout": readout, "ratio": readout / (value + shared)})  # fmt: skip
    show(rows, given.out, run=str(given.run))


if __name__ == "__main__":
    main()
