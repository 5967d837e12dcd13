"""Drivers for one of several hosts: ``python -m support.driving WHAT ADDRESS FOLDER ...`` prints JSON."""

import json
import logging
import os
import socket
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from support.executors import collect
from support.jobs import reading
from taskaffinity.cache import cache_root
from taskaffinity.config import ExecutorSettings, load
from taskaffinity.engine.driver import Driver
from taskaffinity.engine.executors.folders import manifest_of
from taskaffinity.engine.executors.ray import RayExecutor, connect, pick_slots, resources
from taskaffinity.engine.executors.ray_store import ObjectStore, SentSupplies
from taskaffinity.engine.job import Job
from taskaffinity.engine.plan import Plan
from taskaffinity.engine.result import Cell, Result, TrainedSource
from taskaffinity.engine.supplies import Supplies
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import Progress

SOURCES = ("a", "b", "c")
DATA_BYTES, WEIGHTS_BYTES = 24 * 2**20, 6 * 2**20
NAP = 0.5  # seconds


@dataclass(frozen=True)
class Reader:
    """A worker that reads everything that it can, and says where it is."""

    supplies: Supplies

    def open(self, device: str) -> "Reader":
        return self

    def perform(self, job: Job) -> Result:
        for folder in self.supplies.folders("data"):
            assert sum(file.stat().st_size for file in folder.glob("[!.]*")) == DATA_BYTES
        for source in SOURCES:
            assert self.supplies.weights(source)["w"].nbytes == WEIGHTS_BYTES
        time.sleep(NAP)  # so that no worker does all jobs
        return made_by(job)


class Napper:
    """A worker that takes a nap for each job, and says where it is."""

    def open(self, device: str) -> "Napper":
        return self

    def perform(self, job: Job) -> Result:
        time.sleep(NAP)
        return made_by(job)


def made_by(job: Job) -> Result:
    """A cell that tells which host made it."""
    facts = {"identity": job.identity, "diverged": False, "host": socket.gethostname()}
    losses, nothing = np.ones(3, np.float32), np.zeros(0)
    return Result(cells=[Cell(job.cells[0][0], job.reads, ["i", "j", "k"], losses, nothing, nothing, facts)])


def sent(address: str, folder: Path) -> list[str]:
    """Let every worker read data and weights, several times; return on which hosts."""
    settings = ExecutorSettings(kind="ray", address=address)
    data, run = folder / "data", RunFolder(folder / "run")
    data.mkdir()
    (data / "rgb.raw").write_bytes(os.urandom(DATA_BYTES))
    for name in SOURCES:
        weights = {"w": np.frombuffer(os.urandom(WEIGHTS_BYTES), np.uint8)}
        run.write_source(TrainedSource(name, weights, {}))
    connect(settings)
    slots, manifest = pick_slots(settings, resources()), manifest_of(data, "x")
    supplies = SentSupplies({"data": (manifest,)}, cache_root)
    executor = RayExecutor(Reader(supplies), slots, supplies, ObjectStore(run, [manifest]))
    hosts: list[str] = []
    try:
        for attempt in range(3):
            for number in range(slots.count):
                executor.start(reading(SOURCES, f"{attempt}-{number}"))
            for one in collect(executor, slots.count).values():
                assert one.result is not None, one.error
                hosts.append(str(one.result.cells[0].facts["host"]))
    finally:
        executor.close()
    return hosts


def naps(address: str, folder: Path, count: str) -> list[str]:
    """Do many short jobs; return the host of each."""
    settings = ExecutorSettings(kind="ray", address=address)
    run = RunFolder(folder)
    logging.basicConfig(filename=folder / "driver.log", level=logging.INFO)
    jobs = [
        replace(reading("a", f"t{number:03}"), needs=frozenset(), group=None) for number in range(int(count))
    ]
    connect(settings)
    executor = RayExecutor(Napper(), pick_slots(settings, resources()))
    try:
        Driver(Plan(list(jobs)), run, executor).run(Progress(frozenset(), 0, []))
    finally:
        executor.close()
    return [str(run.read_cell(job.cells[0][0], "a").facts["host"]) for job in jobs]


def tiny(address: str, folder: Path, config: str) -> None:
    """Measure the tiny run; the losses table is put beside the run folder."""
    from support.tiny import Silent
    from taskaffinity.pipeline import prepare_run, sweep_all

    settings = load(Path(config))
    executor = settings.executor.model_copy(update={"kind": "ray", "address": address})
    run = RunFolder(folder)
    plan = sweep_all(prepare_run(settings.model_copy(update={"executor": executor}), Silent()), run, Silent())
    run.losses_table(list(plan.cells)).to_parquet(folder / "losses.parquet", index=False)


if __name__ == "__main__":
    what, address, folder, *more = sys.argv[1:]
    print(json.dumps({"sent": sent, "naps": naps, "tiny": tiny}[what](address, Path(folder), *more)))
