"""What the executors cost: local workers and Ray's, on jobs that only multiply matrices.

    python benchmarks/executors.py [--seconds S] [--jobs N] [--empty N] [--out FILE]

Prints one table and one line of JSON. Per executor and number of workers: seconds until the first result
(processes started, Ray too), milliseconds per empty job, seconds for ``--jobs`` jobs of ``--seconds`` each,
which share on top was not work, how much longer it took than local workers, and how much less than one worker
of the same kind. Every job uses one thread. Ray is left out where it is not installed. Beside it, what two
processes that nobody hands jobs to get done in the time of one: processors slow down as their cores fill.
"""

import argparse
import importlib.util
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from table import show

from taskaffinity.engine.executors import Executor
from taskaffinity.engine.executors.local import LocalExecutor
from taskaffinity.engine.job import Job
from taskaffinity.engine.result import Result
from taskaffinity.processes import cores

SIDE = 512


def multiply(products: int) -> float:
    """Multiply matrices, and return the seconds it took."""
    torch.set_num_threads(1)
    matrix = torch.ones(SIDE, SIDE) / SIDE
    began = time.perf_counter()
    for _ in range(products):
        matrix = matrix @ matrix
    return time.perf_counter() - began


def machine_speedup(products: int) -> float:
    """How many times the work of one process two do at once, without any executor."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(multiply, [1, 1]))  # both started
        alone = pool.submit(multiply, products).result()
        return 2 * alone / max(pool.map(multiply, [products, products]))


@dataclass(frozen=True, kw_only=True)
class Products(Job):
    """A job that multiplies so many times."""

    count: int

    def perform(self, worker: object) -> Result:
        """Multiply, and return nothing."""
        multiply(self.count)
        return Result()


@dataclass(frozen=True)
class Multiplying:
    """A context of workers without a state."""

    def open(self, device: str) -> "Multiplying":
        """Set up nothing."""
        return self

    def perform(self, job: Job) -> Result:
        """Do a job."""
        return job.perform(self)


def job(number: int, products: int) -> Job:
    return Products(name=f"products:{number}", kind="products", identity="none", count=products)


def work_off(executor: Executor, jobs: list[Job]) -> float:
    """Do jobs, as many at a time as there are slots; return the seconds."""
    began, waiting, running = time.perf_counter(), list(jobs), 0
    while waiting or running:
        while waiting and running < executor.slots:
            executor.start(waiting.pop())
            running += 1
        running -= len(executor.wait())
    return time.perf_counter() - began


@contextmanager
def local(workers: int) -> Iterator[Executor]:
    executor = LocalExecutor(Multiplying(), ["cpu"] * workers)
    try:
        yield executor
    finally:
        executor.close()


@contextmanager
def on_ray(workers: int) -> Iterator[Executor]:
    from taskaffinity.config import ExecutorSettings
    from taskaffinity.engine.executors.ray import RayExecutor, Slots, connect

    logging.disable(logging.WARNING)
    owns = connect(ExecutorSettings(kind="ray", workers=workers))
    executor = RayExecutor(Multiplying(), Slots(workers), owns_ray=owns)
    try:
        yield executor
    finally:
        executor.close()


def measure(name: str, made: Callable[[], Any], given: argparse.Namespace, products: int) -> dict[str, Any]:
    """Measure one executor."""
    began = time.perf_counter()
    with made() as executor:
        work_off(executor, [job(number, 1) for number in range(executor.slots)])
        first = time.perf_counter() - began
        empty = work_off(executor, [job(number, 0) for number in range(given.empty)])
        loaded = work_off(executor, [job(number, products) for number in range(given.jobs)])
        slots = executor.slots
    return {
        "executor": name, "workers": slots, "first_result_s": first,
        "empty_job_ms": 1000 * empty / given.empty, "loaded_s": loaded,
    }  # fmt: skip


def compared(rows: list[dict[str, Any]], work: float) -> list[dict[str, Any]]:
    """Add what was not work, and how much quicker a row is than its executor with one worker."""
    one = {row["executor"]: row["loaded_s"] for row in rows if row["workers"] == 1}
    beside = {row["workers"]: row["loaded_s"] for row in rows if row["executor"] == "local"}
    for row in rows:
        row["not_work"] = row["loaded_s"] * row["workers"] / work - 1
        row["over_local"] = row["loaded_s"] / beside[row["workers"]] - 1
        row["speedup"] = one[row["executor"]] / row["loaded_s"]
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, help="length of a job")
    parser.add_argument("--jobs", type=int, default=8, help="how many of them")
    parser.add_argument("--empty", type=int, default=200, help="how many empty jobs")
    parser.add_argument("--out", type=Path, help="write the JSON here as well")
    given = parser.parse_args()
    multiply(50)
    products = max(1, round(given.seconds / (multiply(500) / 500)))
    work = multiply(products) * given.jobs
    kinds = {"local": local, **({"ray": on_ray} if importlib.util.find_spec("ray") else {})}
    rows = [
        measure(name, partial(kind, workers), given, products)
        for name, kind in kinds.items() for workers in (1, 2)
    ]  # fmt: skip
    facts = {"cores": cores(), "job_seconds": work / given.jobs}
    show(
        compared(rows, work), given.out, **facts, machine_speedup=machine_speedup(products * given.jobs // 2)
    )


if __name__ == "__main__":
    main()
