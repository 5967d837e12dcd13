"""The Ray executor, on one Ray for all tests here: two logical GPUs on a machine that may have none."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from support import program, tiny
from support.executors import ExecutorContract, Orders, all_end, ask, collect, facts
from support.jobs import making

from taskaffinity.config import ExecutorSettings, parse
from taskaffinity.data.keep import cache_root
from taskaffinity.engine.driver import Driver
from taskaffinity.engine.executors import Executor
from taskaffinity.engine.executors.folders import manifest_of
from taskaffinity.engine.job import Job
from taskaffinity.engine.result import Result, TrainedSource
from taskaffinity.errors import InputError
from taskaffinity.jobs.worker import DATA, Context
from taskaffinity.pipeline import Prepared
from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.jobs import Progress

ray = pytest.importorskip("ray")

from taskaffinity.engine.executors.ray import (  # noqa: E402 - needs Ray
    RayExecutor,
    Slots,
    _RayWorker,
    check,
    connect,
    fault_of,
    pick_slots,
    resources,
)
from taskaffinity.engine.executors.ray_store import ObjectStore, SentSupplies  # noqa: E402

pytestmark = [pytest.mark.xdist_group("ray"), pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A Ray of our own; its token, its logs and the workers' cache are in a folder of the tests."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, Path(__file__).parents[2:4])))
        patch.setenv("TASKAFFINITY_CACHE", str(home / "cache"))
        owns = connect(ExecutorSettings(kind="ray", workers=2, num_gpus=2))
        assert owns
        yield home
        ray.shutdown()


class TestRayExecutor(ExecutorContract):
    def make(self, context: Orders) -> Executor:
        return RayExecutor(context, Slots(2))


@dataclass(frozen=True)
class Placement:
    """A context whose workers meet: each waits until all others are there, then tells where it was placed."""

    folder: Path
    others: int

    def open(self, device: str) -> "Placement":
        return self

    def perform(self, job: Job) -> Result:
        (self.folder / str(os.getpid())).touch()
        deadline = time.monotonic() + 300
        while len(list(self.folder.iterdir())) < self.others and time.monotonic() < deadline:
            time.sleep(0.05)
        gpus = os.environ["CUDA_VISIBLE_DEVICES"]
        return Result(TrainedSource("x", {}, {"gpus": gpus, "process": os.getpid()}))


@pytest.mark.slow
def test_shares_of_logical_gpus_are_placed_as_asked(tmp_path: Path):
    """Four workers of half a GPU: all at once, two on each of two."""
    slots = pick_slots(ExecutorSettings(kind="ray", gpus_per_worker=0.5), resources())
    assert slots.count == 4
    executor = RayExecutor(Placement(tmp_path, 4), slots)
    try:
        for number in range(4):
            executor.start(ask("do", f"n{number}"))
        placed = [facts(one) for one in collect(executor, 4).values()]
    finally:
        executor.close()
    assert len({where["process"] for where in placed}) == 4
    assert sorted(str(where["gpus"]) for where in placed) == ["0"] * 2 + ["1"] * 2


def sweep(prepared: Prepared, folder: RunFolder, shared_disk: bool, killing: bool = False) -> pd.DataFrame:
    """Do the tiny run on Ray; without a shared disk, the workers cannot see the driver's data."""
    experiment = prepared.experiment
    sent = manifest_of(experiment.data.folder, experiment.data.identity)
    store = ObjectStore(folder, [sent])
    seen = sent if shared_disk else replace(sent, folder=Path("/not/on/this/machine"))
    supplies = SentSupplies({DATA: (seen,)}, cache_root)
    context = Context(experiment.config, list(experiment.tasks), supplies)
    executor = RayExecutor(context, Slots(2), supplies, store)
    killed: list[int] = []

    def kill_once(tick: object) -> None:
        if killing and not killed:
            killed.extend(kill_a_worker())

    plan = prepared.plan
    try:
        Driver(plan, folder, executor, show=kill_once).run(Progress(frozenset(), 0, []))
    finally:
        executor.close()
    assert bool(killed) == killing
    return folder.losses_table(list(plan.cells))


def kill_a_worker() -> list[int]:
    """Kill one process that serves an actor of our own Ray; none may be there yet."""
    for process in descendants(os.getpid()):
        try:
            title = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        if title.startswith(f"ray::{_RayWorker.__name__}".encode()):  # at work or idle
            os.kill(process, signal.SIGKILL)
            return [process]
    return []


def test_losses_are_those_of_local_workers_without_a_shared_disk_and_though_a_worker_is_killed(
    prepared: Prepared, finished: Path, cluster: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    losses = sweep(prepared, RunFolder(tmp_path / "run"), shared_disk=False, killing=True)
    pd.testing.assert_frame_equal(losses, pd.read_parquet(finished / "losses.parquet"))
    assert "its worker died" in caplog.text
    received = cluster / "cache" / "received" / "data"
    (folder,) = (place for place in received.iterdir() if place.is_dir())
    kept = prepared.experiment.data.folder
    for file in kept.iterdir():
        if file.is_file():
            assert (folder / file.name).read_bytes() == file.read_bytes()
    assert not (tmp_path / "run" / "features").exists()
    assert list((cluster / "cache" / "encodings").glob("*.npy"))


def test_weights_that_encoders_start_from_are_sent_with_the_jobs_that_read_them(tmp_path: Path):
    folder, supplies = RunFolder(tmp_path), SentSupplies({}, cache_root)
    folder.write_initial({"bn1.bias": np.ones(3, np.float32)})
    source, store = making("x"), ObjectStore(folder)
    assert store.inputs_of(source).initial is None
    supplies.receive(store.inputs_of(replace(source, initial=True)))
    (tmp_path / "weights.safetensors").unlink()  # a worker has no such disk
    arrived = supplies.initial()["bn1.bias"]
    np.testing.assert_array_equal(arrived, np.ones(3, np.float32))
    assert arrived.flags.writeable


def descendants(process: int) -> list[int]:
    """All processes below one, its Ray among them."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, below = [], [process]
    while below:
        below = [child for child, parent in parents.items() if parent in below]
        found += below
    return found


@pytest.mark.slow
def test_a_driver_that_is_killed_leaves_nothing_behind_and_can_be_resumed(
    frames: Path, finished: Path, cluster: Path, tmp_path: Path
):
    """Each time with a Ray of its own, beside that of the other tests."""
    config, out = tiny.write(tmp_path / "tiny.yaml", frames), tmp_path / "run"
    with program.started("run", config, "--out", out, "--executor", "ray") as process:
        program.wait_until(lambda: len(list(out.glob("cells/*/*.npz"))) >= 3, process)
        below = descendants(process.pid)
        process.kill()
        assert all_end(below)
    assert below
    before = {file: file.stat().st_mtime_ns for file in out.glob("cells/*/*.npz")}
    program.run("run", config, "--out", out, "--executor", "ray", check=True)
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert (out / "losses.parquet").read_bytes() == (finished / "losses.parquet").read_bytes()


class TestPickSlots:
    CPU, GPU = {"CPU": 4.0}, {"CPU": 8.0, "GPU": 2.0}

    @pytest.mark.parametrize(
        ("settings", "nodes", "slots"),
        [
            ({}, [CPU], Slots(4)),
            ({"workers": 3}, [CPU, CPU], Slots(3)),
            ({}, [CPU, GPU], Slots(8, 0.25, "auto")),
            ({"gpus_per_worker": 1}, [CPU, GPU], Slots(2, 1.0, "auto")),
            ({"device": "cpu"}, [CPU, GPU], Slots(12)),
            ({"device": "cuda", "gpus_per_worker": 0.25}, [GPU, GPU], Slots(16, 0.25, "cuda")),
            ({"gpus_per_worker": 0.3}, [GPU], Slots(6, 0.3, "auto")),
            ({"gpus_per_worker": 0.4}, [GPU, GPU], Slots(8, 0.4, "auto")),
            ({"gpus_per_worker": 2}, [GPU, GPU], Slots(2, 2.0, "auto")),
            ({"gpus_per_worker": 0.1}, [{"GPU": 1.0}], Slots(10, 0.1, "auto")),
        ],
    )
    def test_fills_the_cluster_or_takes_what_is_asked(self, settings: dict, nodes: list, slots: Slots):
        assert pick_slots(ExecutorSettings(kind="ray", **settings), nodes) == slots

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            ({"workers": 5}, "room for 4 workers of one core each, not for 5"),
            ({"device": "cuda"}, "room for 0 workers of 0.25 GPUs each, not for 1"),
            ({"device": "cuda:1"}, "Ray itself places workers on GPUs; set it to cuda"),
        ],
    )
    def test_refuses_what_there_is_no_room_for(self, settings: dict, said: str):
        with pytest.raises(InputError, match=said):
            pick_slots(ExecutorSettings(kind="ray", **settings), [self.CPU])


def test_settings_of_ray_are_no_part_of_an_identity(prepared: Prepared, frames: Path):
    other = parse(tiny.content(frames, executor={"kind": "ray", "gpus_per_worker": 0.5, "address": "auto"}))
    plan = replace(prepared, experiment=replace(prepared.experiment, config=other)).plan
    assert {job.identity for job in plan.jobs} == {job.identity for job in prepared.plan.jobs}


class TestAddress:
    def test_of_a_cluster_that_answers_is_let_by(self):
        assert fault_of(ray.get_runtime_context().gcs_address) is None

    @pytest.mark.parametrize(
        "address", ["127.0.0.1:1", "nowhere.invalid:6379", "127.0.0.1:99999", "ray://[::1]:2"]
    )
    def test_at_which_nothing_listens_is_refused_in_one_line(self, address: str):
        with pytest.raises(InputError, match="no Ray cluster answers at") as caught:
            check(ExecutorSettings(kind="ray", address=address))
        assert "\n" not in str(caught.value)

    def test_at_which_something_else_listens_is_refused_after_a_while(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr("taskaffinity.engine.executors.ray.PATIENCE", 3)
        with socket.create_server(("127.0.0.1", 0)) as other:
            fault = fault_of(f"127.0.0.1:{other.getsockname()[1]}")
        assert "within 3 seconds" in str(fault)


def test_a_ray_that_runs_already_is_used_and_left_running():
    assert not connect(ExecutorSettings(kind="ray"))
    RayExecutor(Orders(Path()), Slots(1)).close()
    assert ray.is_initialized()
