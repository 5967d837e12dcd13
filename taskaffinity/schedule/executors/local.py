"""The default executor: one worker process per GPU, or per core."""

import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from multiprocessing.queues import Queue
from typing import TYPE_CHECKING, Optional

from taskaffinity.schedule.executors.base import Finished
from taskaffinity.schedule.jobs import Job
from taskaffinity.training.result import Result

if TYPE_CHECKING:
    from taskaffinity.schedule.worker import Context, Worker

_worker: Optional["Worker"] = None  # the one worker of this process


class LocalExecutor:
    """Workers on this machine.

    Parameters
    ----------
    context
        What the workers open.
    devices
        One torch device name per worker.
    """

    def __init__(self, context: "Context", devices: Sequence[str]) -> None:
        self.slots = len(devices)
        self._context, self._devices = context, list(devices)
        self._running: dict[Future[Result], Job] = {}
        self._pool = self._new_pool()

    def _new_pool(self) -> ProcessPoolExecutor:
        spawn = get_context("spawn")
        devices = spawn.Queue()
        for device in self._devices:
            devices.put(device)
        return ProcessPoolExecutor(self.slots, spawn, initializer=_begin, initargs=(self._context, devices))

    def start(self, job: Job) -> None:
        """Hand out a job."""
        try:
            future = self._pool.submit(_perform, job)
        except BrokenProcessPool as broken:
            future = Future()
            future.set_exception(broken)
        self._running[future] = job

    def wait(self) -> list[Finished]:
        """Wait for finished jobs; a pool that lost a worker is replaced."""
        ready, _ = wait(self._running, return_when=FIRST_COMPLETED)
        broken = any(isinstance(future.exception(), BrokenProcessPool) for future in ready)
        if broken:
            wait(self._running)  # a broken pool fails all that it held
            ready = set(self._running)
        finished = [_finished(future, self._running.pop(future)) for future in ready]
        if broken:
            self._stop()
            self._pool = self._new_pool()
        return finished

    def close(self) -> None:
        """End the workers."""
        self._stop()

    def _stop(self) -> None:
        processes = list((self._pool._processes or {}).values())
        for process in processes:
            process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _finished(future: Future[Result], job: Job) -> Finished:
    error = future.exception()
    if error is None:
        return Finished(job, future.result())
    if isinstance(error, BrokenProcessPool):
        return Finished(job, error="its worker died", died=True)
    return Finished(job, error=f"{type(error).__name__}: {error}")


def _begin(context: "Context", devices: "Queue[str]") -> None:
    """Set up a worker process: its device, no Ctrl-C, and an end with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _follow_parent()
    device = devices.get(timeout=60)
    import torch

    from taskaffinity.schedule.worker import Worker

    global _worker
    _worker = Worker(context, torch.device(device))


def _follow_parent() -> None:
    """End this process when its parent is gone, even if that was killed."""
    parent = parent_process()

    def watch() -> None:
        if parent is not None:
            connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _perform(job: Job) -> Result:
    assert _worker is not None
    return _worker.perform(job)


def pick_devices(device: str, workers: int | None) -> list[str]:
    """Choose one device per worker.

    Parameters
    ----------
    device
        ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
    workers
        How many; one per GPU, or one per core, when None.
    """
    import torch

    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cpu":
        return ["cpu"] * (workers or len(os.sched_getaffinity(0)))
    if device == "cuda":
        gpus = max(1, torch.cuda.device_count())
        return [f"cuda:{number % gpus}" for number in range(workers or gpus)]
    return [device] * (workers or 1)
