"""A sweep of transfers, this package's way and by the schedule of Taskonomy's released code.

    python benchmarks/sweep.py [--encoder small|resnet50] [--size 64|128] [--scenes N] [--source-updates N]
        [--updates N] [--tasks NAME...] [--sampled N] [--out FILE]

Prints one table and one line of JSON. Sources are trained once, for both. Then every transfer of first order
is measured by both. Ours encodes each source once and trains readouts on what is kept, one worker per core,
start counted. The released schedule (`benchmarks/released.py`) does one transfer at a time on all cores,
with a DataLoader of one worker per core; ``--sampled`` does only so many of its transfers, evenly spread, and
scales its time. The correlation is Spearman's, over the sources of each target, of mean test losses, averaged
over targets.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from released import ReleasedTransfer
from scipy.stats import spearmanr
from table import Silent, show

from taskaffinity.config import Config, parse
from taskaffinity.engine.driver import Driver
from taskaffinity.engine.job import Job
from taskaffinity.engine.plan import Plan, read_state
from taskaffinity.jobs.executor import make_executor
from taskaffinity.jobs.transfer import TransferJob
from taskaffinity.pipeline import Prepared, prepare_run
from taskaffinity.processes import cores
from taskaffinity.runs.folder import RunFolder
from taskaffinity.sources import EncodingCache
from taskaffinity.training.bench import Bench
from taskaffinity.training.experiment import Experiment

TASKS = [
    "autoencoding", "denoising", "depth_zbuffer", "edge_occlusion", "edge_texture", "keypoints2d", "normal",
    "principal_curvature", "reshading", "room_layout", "vanishing_point", "jigsaw", "random_projection",
]  # fmt: skip
CPU = torch.device("cpu")


def config_of(given: argparse.Namespace) -> Config:
    """Make the configuration that the options describe; what is not named keeps its default."""
    source = {"updates": given.source_updates} if given.source_updates else {}
    transfer = {"updates": given.updates} if given.updates else {}
    return parse({
        "data": {"kind": "rooms", "scenes": given.scenes, "views": 5, "size": given.size},
        "tasks": {"names": given.tasks}, "model": {"encoder": given.encoder},
        "source": source, "transfer": transfer, "executor": {"device": "cpu"},
    })  # fmt: skip


def work_off(experiment: Experiment, jobs: list[Job], folder: RunFolder) -> float:
    """Do jobs with local workers, started for them; return the seconds."""
    plan, began = Plan(jobs), time.perf_counter()
    executor = make_executor(experiment, folder)
    try:
        Driver(plan, folder, executor).run(read_state(plan, folder))
    finally:
        executor.close()
    return time.perf_counter() - began


def released(
    prepared: Prepared, jobs: list[TransferJob], folder: RunFolder
) -> tuple[float, dict[tuple[str, str], float]]:
    """Do transfers by the released schedule: seconds, and the mean test loss by target and source."""
    bench, losses, seconds, workers = Bench(prepared.experiment, CPU), {}, 0.0, cores()
    cache = EncodingCache(bench, folder.features, folder.source_weights)
    torch.set_num_threads(workers)
    for job in jobs:
        source, target = prepared.sources[job.sources[0]], prepared.experiment.tasks[job.target]
        encodings = cache.encodings(source, source.identity, target)
        began = time.perf_counter()
        transfer = ReleasedTransfer(
            bench, target, source, folder.source_weights(source.name), encodings, workers
        )  # fmt: skip
        losses[target.name, source.name] = float(np.nanmean(transfer.run()))
        seconds += time.perf_counter() - began
    return seconds, losses


def correlation(ours: dict[tuple[str, str], float], theirs: dict[tuple[str, str], float]) -> float | None:
    """Average Spearman's correlation over the targets with at least three sources measured by both."""
    found = []
    for target in sorted({target for target, _ in theirs}):
        pairs = [(ours[key], theirs[key]) for key in theirs if key[0] == target]
        if len(pairs) >= 3:
            found.append(spearmanr(*zip(*pairs, strict=True)).statistic)
    return float(np.mean(found)) if found else None


def measure(given: argparse.Namespace, folder: RunFolder) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Measure both schedules."""
    prepared = prepare_run(config_of(given), Silent())
    experiment, plan = prepared.experiment, prepared.plan
    work_off(experiment, plan.source_jobs, folder)
    readouts = [job for job in plan.jobs if job.reads]
    done = frozenset(job.name for job in plan.source_jobs)
    free = [replace(job, needs=job.needs - done) for job in readouts]
    ours_seconds = work_off(experiment, free, folder)
    transfers = [job for job in plan.jobs if isinstance(job, TransferJob)]
    count = min(given.sampled or len(transfers), len(transfers))
    sample = [transfers[i] for i in np.linspace(0, len(transfers) - 1, count).round().astype(int)]
    theirs_seconds, theirs = released(prepared, sample, folder)
    theirs_seconds *= len(transfers) / len(sample)
    cells = {cell: folder.read_cell(*cell) for job in transfers for cell in job.cells}
    ours = {key: float(np.nanmean(cell.losses)) for key, cell in cells.items()}
    rows = [
        {"schedule": name, "transfers": len(transfers), "measured": measured, "seconds": seconds,
         "seconds per transfer": seconds / len(transfers)}
        for name, measured, seconds in (
            ("ours", len(transfers), ours_seconds), ("released", len(sample), theirs_seconds)
        )
    ]  # fmt: skip
    return rows, {"ratio": theirs_seconds / ours_seconds, "correlation": correlation(ours, theirs)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--encoder", default="small", choices=("small", "resnet18", "resnet50"))
    parser.add_argument("--size", type=int, default=64, help="side of the images, pixels")
    parser.add_argument("--scenes", type=int, default=800, help="rooms, of 5 views each")
    parser.add_argument("--source-updates", type=int, help="updates of each source")
    parser.add_argument("--updates", type=int, help="updates of each readout")
    parser.add_argument("--tasks", nargs="+", default=TASKS)
    parser.add_argument("--sampled", type=int, help="transfers of the released schedule to do")
    parser.add_argument("--out", type=Path, help="write the JSON here as well")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows, facts = measure(given, RunFolder(Path(folder)))
    options = {name: value for name, value in vars(given).items() if name != "out"}
    show(rows, given.out, **facts, options=options, cores=cores())
    print(f"ratio {facts['ratio']:.1f}, rank correlation {facts['correlation']}")


if __name__ == "__main__":
    main()
