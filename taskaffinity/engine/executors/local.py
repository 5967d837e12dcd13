"""The default executor: one worker process per GPU, or per core."""

import traceback
from collections.abc import Sequence
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection

from taskaffinity.engine.executors.base import Failure, Finished, Opens, Performer, in_one_line
from taskaffinity.engine.job import Job
from taskaffinity.engine.result import Result
from taskaffinity.processes import held_interrupt, serve_parent


class LocalExecutor:
    """Workers on this machine, each a process of its own with a pipe to it.

    Parameters
    ----------
    context
        What the workers are made from.
    devices
        One device name per worker.
    """

    def __init__(self, context: Opens, devices: Sequence[str]) -> None:
        self.slots = len(devices)
        self._context, self._free_devices = context, list(devices)
        self._idle: list[_Worker] = []
        self._running: dict[_Worker, Job] = {}

    def start(self, job: Job) -> None:
        """Hand out a job, to a worker that waits if there is one."""
        with held_interrupt():  # so that no worker is started and then forgotten
            worker = self._idle_worker(job) or self._new_worker(job)
            self._running[worker] = job

    def _idle_worker(self, job: Job) -> "_Worker | None":
        """Hand a job to a worker that waits; None where there is none alive."""
        while self._idle:
            worker = self._idle.pop()
            if worker.send(job):
                return worker
            self._end(worker)  # it died while it had nothing to do
        return None

    def _new_worker(self, job: Job) -> "_Worker":
        """Start a worker on a job; should it die at once, `wait` finds out."""
        worker = _Worker(self._context, self._free_devices.pop(0))
        worker.send(job)
        return worker

    def wait(self) -> list[Finished]:
        """Wait for finished jobs."""
        ready = connection.wait([worker.pipe for worker in self._running])
        return [self._collect(worker) for worker in list(self._running) if worker.pipe in ready]

    def _collect(self, worker: "_Worker") -> Finished:
        """Take what a worker sent; a dead one gives its device back."""
        job = self._running.pop(worker)
        outcome = worker.receive()
        if outcome is None:
            return Finished(job, error=f"its worker died ({self._end(worker)})", died=True)
        self._idle.append(worker)
        if isinstance(outcome, Failure):
            return Finished(job, error=outcome.error, trace=outcome.trace)
        return Finished(job, outcome)

    def _end(self, worker: "_Worker") -> str:
        self._free_devices.append(worker.device)
        return worker.end()

    def close(self) -> None:
        """End the workers at once."""
        for worker in (*self._idle, *self._running):
            self._end(worker)
        self._idle.clear()
        self._running.clear()


class _Worker:
    """The driver's end of one worker process."""

    def __init__(self, context: Opens, device: str) -> None:
        self.device = device
        spawn = get_context("spawn")
        self.pipe, theirs = spawn.Pipe()
        self._process = spawn.Process(target=_serve, args=(theirs, context, device), daemon=True)
        self._process.start()
        theirs.close()

    def send(self, job: Job) -> bool:
        """Send a job; false where the worker is gone."""
        try:
            self.pipe.send(job)
        except OSError:
            return False
        return True

    def receive(self) -> Result | Failure | None:
        """Take the outcome of a job; None where the worker died."""
        try:
            outcome: Result | Failure = self.pipe.recv()
        except (EOFError, OSError):
            return None
        return outcome

    def end(self) -> str:
        """Kill the worker, unless it has ended; tell how it did."""
        self._process.kill()
        self._process.join()
        code = self._process.exitcode or 0
        self._process.close()
        self.pipe.close()
        return f"signal {-code}" if code < 0 else f"exit status {code}"


def _serve(pipe: Connection, context: Opens, device: str) -> None:
    """Run a worker: take a job, do it, send back the outcome, until the driver is gone."""
    serve_parent()
    performer: Performer | None = None
    while True:
        try:
            job = pipe.recv()
            try:
                performer = performer or context.open(device)
                outcome: Result | Failure = performer.perform(job)
            except Exception as error:
                outcome = Failure(in_one_line(error), traceback.format_exc())
            pipe.send(outcome)
        except (EOFError, BrokenPipeError):
            return
