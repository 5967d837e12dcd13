"""Jobs on a Ray cluster: long-lived actors, one per slot, with a GPU or a share of one each.

An actor and not one Ray task per job, for a task that asks for a share of a GPU gets a new process each time.
"""

import logging
import math
import os
import socket
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten
from typing import Any

from taskaffinity.config import ExecutorSettings
from taskaffinity.engine.executors.base import LONGEST, Failure, Finished, Opens, Performer, in_one_line
from taskaffinity.engine.job import Job
from taskaffinity.engine.result import Result
from taskaffinity.errors import InputError
from taskaffinity.processes import cores

try:
    import ray
except ImportError:
    raise InputError(
        "executor ray needs Ray; install it with pip install 'taskaffinity[ray]', or use --executor local"
    ) from None

from taskaffinity.engine.executors.ray_store import FolderMissingError, JobInputs, ObjectStore, SentSupplies

log = logging.getLogger(__name__)

OBJECT_STORE = 2**30  # bytes, of a Ray of our own; what does not fit goes to the disk
PATIENCE_PORT = 10  # seconds that a machine has to accept a connection
PATIENCE = 60  # seconds that a cluster has to answer, the start of Python and Ray included
TRIAL = "import ray, sys; ray.init(sys.argv[1], log_to_driver=False, logging_level='ERROR')"
RUNTIME = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}  # no reports, no advice


@dataclass(frozen=True)
class Slots:
    """How many workers, and what each asks of the cluster.

    Attributes
    ----------
    count
        Workers.
    gpus
        GPUs of each, or the share of one; 0 for workers on the processor, which take one core each.
    device
        What a worker opens: ``cpu``, ``cuda``, or ``auto`` for a GPU where there is one.
    """

    count: int
    gpus: float = 0.0
    device: str = "cpu"

    @property
    def options(self) -> dict[str, Any]:
        """Ray's options of an actor."""
        return {"num_gpus": self.gpus, "num_cpus": 0 if self.gpus else 1, "max_restarts": 0}


class RayExecutor:
    """Workers on a Ray cluster that this process is connected to.

    A worker is asked for when a job finds none idle, and starts once the cluster has room for it. A job goes
    to whichever worker is ready first, so that a machine that leaves the cluster holds up no job, and one
    that joins it gets some.

    Parameters
    ----------
    context
        What the workers are made from.
    slots
        How many, and how large.
    supplies, store
        The worker's and the driver's end of the object store; left out where workers need nothing from it.
    owns_ray
        Whether `close` stops Ray.
    """

    def __init__(
        self, context: Opens, slots: Slots, supplies: SentSupplies | None = None,
        store: ObjectStore | None = None, owns_ray: bool = False,
    ) -> None:  # fmt: skip
        self.slots = slots.count
        self._slots, self._context = slots, (context, supplies)
        self._store, self._owns_ray = store, owns_ray
        self._waiting: deque[Job] = deque()
        self._starting: dict[Any, Any] = {}  # actors by the reference that is ready when they are
        self._idle: list[Any] = []
        self._running: dict[Any, tuple[Any, Job]] = {}  # by the reference of the outcome

    def start(self, job: Job) -> None:
        """Hand out a job, to a worker that waits if there is one."""
        self._waiting.append(job)
        self._hand_out()
        if len(self._waiting) > len(self._starting):
            options = self._slots.options
            worker: Any = ray.remote(_RayWorker).options(**options).remote(self._context, self._slots.device)
            self._starting[worker.is_ready.remote()] = worker

    def _hand_out(self) -> None:
        """Give jobs that wait to workers that are idle."""
        while self._waiting and self._idle:
            self._send(self._idle.pop(), self._waiting.popleft())

    def _send(self, actor: Any, job: Job, with_folders: bool = False) -> None:
        inputs = self._store.inputs_of(job, with_folders) if self._store else JobInputs()
        self._running[actor.perform.remote(job, inputs)] = actor, job

    def wait(self) -> list[Finished]:
        """Wait for finished jobs."""
        finished: list[Finished] = []
        while not finished:
            pending = [*self._running, *self._starting]
            ready, _ = ray.wait(pending, num_returns=1, timeout=None if self._running else PATIENCE)
            if not ready:
                log.warning("no worker has started for %d seconds; the cluster has no room for one", PATIENCE)
            finished = [*self._collect_started(), *self._collect_finished()]
            self._hand_out()
        return finished

    def _collect_started(self) -> list[Finished]:
        """Take in workers that are ready; one that could not be started takes a waiting job with it."""
        failed: list[Finished] = []
        for reference in _ready(self._starting):
            actor = self._starting.pop(reference)
            try:
                ray.get(reference)
                self._idle.append(actor)
            except ray.exceptions.RayError as error:
                ray.kill(actor)
                if self._waiting:
                    failed.append(_died(self._waiting.popleft(), error))
        return failed

    def _collect_finished(self) -> list[Finished]:
        return [one for reference in _ready(self._running) if (one := self._collect(reference))]

    def _collect(self, reference: Any) -> Finished | None:
        """Take what a worker sent; one that lacks a folder gets the job again, with the folders."""
        actor, job = self._running.pop(reference)
        try:
            outcome = ray.get(reference)
        except ray.exceptions.RayError as error:
            ray.kill(actor)
            return _died(job, error)
        if isinstance(outcome, FolderMissingError):
            self._send(actor, job, with_folders=True)
            return None
        self._idle.append(actor)
        if isinstance(outcome, Failure):
            return Finished(job, error=outcome.error, trace=outcome.trace)
        return Finished(job, outcome)

    def close(self) -> None:
        """End the workers, and Ray where it is our own."""
        if not ray.is_initialized():
            return
        busy = (actor for actor, _ in self._running.values())
        for actor in (*self._idle, *self._starting.values(), *busy):
            ray.kill(actor)
        self._waiting.clear()
        self._starting.clear()
        self._idle.clear()
        self._running.clear()
        if self._owns_ray:
            ray.shutdown()


def _ready(references: Collection[Any]) -> list[Any]:
    """Return the references whose value can be had at once."""
    if not references:
        return []
    ready, _ = ray.wait(list(references), num_returns=len(references), timeout=0)
    return list(ready)


def _died(job: Job, error: BaseException) -> Finished:
    """Give back a job whose worker died."""
    said = next(iter(str(error).splitlines()), type(error).__name__)
    return Finished(job, error=f"its worker died ({said})", died=True)


class _RayWorker:
    """The actor: opens its context when the first job comes, then does one job after another."""

    def __init__(self, context: tuple[Opens, SentSupplies | None], device: str) -> None:
        self._context, self._supplies = context  # one argument, so that the context's supplies are these
        self._device = device
        self._performer: Performer | None = None

    def is_ready(self) -> bool:
        """Answer as soon as the process runs."""
        return True

    def perform(self, job: Job, inputs: JobInputs) -> Result | Failure | FolderMissingError:
        if self._supplies:
            self._supplies.receive(inputs)
        try:
            if self._performer is None:
                self._performer = self._context.open(self._device)
            return self._performer.perform(job)
        except FolderMissingError as missing:
            return missing
        except Exception as error:
            return Failure(in_one_line(error), traceback.format_exc())


def connect(settings: ExecutorSettings) -> bool:
    """Connect to the cluster that a configuration names, or start a Ray of our own on this machine.

    Whether a cluster answers is not looked at; see `check`.

    Returns
    -------
    bool
        Whether it is our own, to be stopped at the end.
    """
    if ray.is_initialized():
        return False
    for name, value in RUNTIME.items():
        os.environ.setdefault(name, value)
    logging.getLogger("ray").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if settings.address is None:
        ray.init(
            "local", num_cpus=settings.workers or cores(), num_gpus=settings.num_gpus,
            object_store_memory=OBJECT_STORE, include_dashboard=False, **quiet,
        )  # fmt: skip
        return True
    ray.init(settings.address, **quiet)
    return False


def check(settings: ExecutorSettings) -> None:
    """Refuse an address at which no cluster answers.

    Raises
    ------
    InputError
        There is no cluster at the address of the settings.
    """
    if settings.address is not None and (fault := fault_of(settings.address)):
        raise InputError(
            f"executor.address: no Ray cluster answers at {settings.address!r} ({fault}); "
            "start one with `ray start --head`, or leave the address out"
        )


def fault_of(address: str) -> str | None:
    """Say in one line why there is no cluster at an address; None where one answers.

    Ray itself goes on trying for ten minutes, and cannot be interrupted while it does. So the port is tried
    first, and then Ray in a process of its own, which is ended after `PATIENCE` seconds.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host:
        try:
            with socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE_PORT):
                pass
        except (OSError, ValueError, OverflowError) as error:
            return in_one_line(error)
    try:
        tried = subprocess.run(
            [sys.executable, "-c", TRIAL, address], capture_output=True, text=True, timeout=PATIENCE,
            start_new_session=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"nothing there spoke Ray's protocol within {PATIENCE} seconds"
    if "InvalidAuthToken" in tried.stderr:
        return "it refuses this token; set RAY_AUTH_MODE=token and RAY_AUTH_TOKEN as on its machines"
    if tried.returncode:
        lines = [line for line in tried.stderr.splitlines() if line.strip()]
        return shorten(lines[-1], LONGEST, placeholder=" ...") if lines else f"exit status {tried.returncode}"
    return None


def pick_slots(settings: ExecutorSettings, nodes: Sequence[Mapping[str, float]]) -> Slots:
    """Choose how many workers to run and what each asks for.

    Parameters
    ----------
    settings
        The configuration.
    nodes
        The resources of each machine of the cluster, Ray's ``GPU`` and ``CPU`` among them.

    Raises
    ------
    InputError
        The cluster has too few processors or GPUs for what is asked.
    """
    device, share = settings.device, settings.gpus_per_worker
    if device.startswith("cuda:"):
        raise InputError(f"executor.device: Ray itself places workers on GPUs; set it to cuda, not {device}")
    on_gpus = device == "cuda" or (device == "auto" and any(node.get("GPU") for node in nodes))
    if on_gpus:
        room, each = sum(_fit(node.get("GPU", 0), share) for node in nodes), f"{share:g} GPUs"
    else:
        room, each = sum(int(node.get("CPU", 0)) for node in nodes), "one core"
    wanted = settings.workers or room
    if not wanted or wanted > room:
        raise InputError(
            f"executor: the cluster has room for {room} workers of {each} each, not for {max(wanted, 1)}; "
            "lower executor.workers or executor.gpus_per_worker, or add machines"
        )
    return Slots(wanted, share if on_gpus else 0.0, device if on_gpus else "cpu")


def _fit(gpus: float, share: float) -> int:
    """Count the workers of `share` GPUs that a machine has room for; a share is of one GPU."""
    epsilon = 1e-9
    if share >= 1:
        return int(gpus / share + epsilon)
    return int(gpus) * math.floor(1 / share + epsilon)


def resources() -> list[dict[str, float]]:
    """Return the resources of each living machine of the cluster."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]
