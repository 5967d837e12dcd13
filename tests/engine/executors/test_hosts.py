"""Ray on several hosts with addresses, processes and disks of their own: namespaces of this machine."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from support import driving, program, tiny
from support.hosts import DISK, Host, hosts, why_not

pytest.importorskip("ray")

pytestmark = [
    pytest.mark.xdist_group("ray"),
    pytest.mark.skipif(why_not() is not None, reason=str(why_not())),
]

RAY = Path(sys.executable).with_name("ray")
PORT = 6379
OBJECT_STORE = 100 * 10**6  # bytes
# A host is given up after some three seconds; by Ray's defaults it takes about a minute.
HASTE = {
    "RAY_health_check_initial_delay_ms": "500", "RAY_health_check_period_ms": "500",
    "RAY_health_check_timeout_ms": "1000", "RAY_health_check_failure_threshold": "3",
}  # fmt: skip
COMMON = ("--disable-usage-stats", f"--object-store-memory={OBJECT_STORE}")


def address_of(head: Host) -> str:
    return f"{head.address}:{PORT}"


def start_head(host: Host, cores: int) -> None:
    host.run(
        RAY, "start", "--head", f"--node-ip-address={host.address}", f"--port={PORT}", f"--num-cpus={cores}",
        "--include-dashboard=false", f"--temp-dir={DISK / 'ray'}", *COMMON,
    )  # fmt: skip


def join(host: Host, head: Host, cores: int) -> None:
    host.run(
        RAY, "start", f"--address={address_of(head)}", f"--node-ip-address={host.address}",
        f"--num-cpus={cores}", *COMMON,
    )  # fmt: skip


@contextmanager
def made_cluster(folder: Path, count: int = 2, cores: int = 1) -> Iterator[list[Host]]:
    """A Ray on some hosts; all but the first do not see the folders of the tests."""
    token = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 32}
    with hosts(count, [folder], **token, **HASTE) as made:
        head, *others = made
        start_head(head, cores)
        for host in others:
            join(host, head, cores)
        yield made


def drive(head: Host, what: str, folder: Path, *more: object) -> list[str]:
    """Do what `support.driving` offers, on the first host."""
    done = head.run(sys.executable, "-m", "support.driving", what, address_of(head), folder, *more)
    return json.loads(done.splitlines()[-1])


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all folders of the tests are in."""
    return tmp_path_factory.getbasetemp()


@pytest.fixture(scope="module")
def cluster(base: Path) -> Iterator[list[Host]]:
    with made_cluster(base) as made:
        yield made


def assert_same_losses(run: Path, other: Path) -> None:
    """The losses of two runs agree in every bit."""
    one, two = (pd.read_parquet(folder / "losses.parquet") for folder in (run, other))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def folders_in(host: Host, place: str) -> list[str]:
    return host.run("ls", DISK / "cache" / place, check=False).split()


def test_two_hosts_without_a_shared_disk_measure_what_one_does(
    cluster: list[Host], frames: Path, finished: Path, tmp_path: Path
):
    head, other = cluster
    assert other.run("ls", frames, check=False) == ""
    config = tiny.write(tmp_path / "tiny.yaml", frames, executor={"workers": 2})
    drive(head, "tiny", tmp_path / "run", config)
    assert_same_losses(tmp_path / "run", finished)
    assert not folders_in(head, "received")
    assert folders_in(other, "received/data")
    assert any(folders_in(host, "encodings") for host in cluster)


def test_data_go_once_to_a_host_and_weights_once_to_a_host_for_each_source(base: Path, tmp_path: Path):
    """Two workers on each of two hosts read everything three times."""
    with made_cluster(base, cores=2) as (head, other):
        before = [host.received() for host in (head, other)]
        assert set(drive(head, "sent", tmp_path)) == {"host1", "host2"}
        to_head, to_other = (
            host.received() - count for host, count in zip((head, other), before, strict=True)
        )
    once = driving.DATA_BYTES + len(driving.SOURCES) * driving.WEIGHTS_BYTES
    assert once <= to_other < 1.3 * once  # Ray's own messages come on top
    assert to_head < 0.3 * once


@pytest.mark.slow
def test_a_host_that_is_cut_off_for_a_moment_costs_no_job(cluster: list[Host], tmp_path: Path):
    head, other = cluster
    with driving_naps(head, tmp_path, 30) as driver:
        wait_for_cells(tmp_path, 6)
        other.cut()
        time.sleep(0.7)  # less than Ray waits
        other.join()
        assert set(ended(driver)) == {"host1", "host2"}
    assert "died" not in (tmp_path / "driver.log").read_text()


@pytest.mark.slow
def test_jobs_of_a_host_that_is_cut_off_are_done_by_others_and_a_host_that_comes_back_gets_jobs(
    base: Path, tmp_path: Path
):
    with made_cluster(base) as (head, other), driving_naps(head, tmp_path, 120) as driver:
        wait_for_cells(tmp_path, 6)
        other.cut()
        wait_for_cells(tmp_path, 40)
        other.run(RAY, "stop", "--force", check=False)
        other.join()
        join(other, head, 1)
        hosts_of_jobs = ended(driver)
    assert "died" in (tmp_path / "driver.log").read_text()
    assert hosts_of_jobs.count("host2") > 10
    assert hosts_of_jobs[-20:].count("host2")


@pytest.mark.slow
def test_jobs_end_though_a_host_never_comes_back(base: Path, tmp_path: Path):
    with made_cluster(base) as (head, other), driving_naps(head, tmp_path, 30) as driver:
        wait_for_cells(tmp_path, 6)
        other.end()
        assert ended(driver).count("host1") > 20


@pytest.mark.slow
def test_a_slow_link_changes_no_loss(cluster: list[Host], frames: Path, finished: Path, tmp_path: Path):
    head, other = cluster
    other.slow_down("4mbit")
    try:
        config = tiny.write(tmp_path / "tiny.yaml", frames, executor={"workers": 2})
        drive(head, "tiny", tmp_path / "run", config)
    finally:
        other.slow_down(None)
    assert_same_losses(tmp_path / "run", finished)


@pytest.mark.slow
def test_a_driver_that_is_killed_is_started_again_on_the_same_cluster(
    cluster: list[Host], frames: Path, finished: Path, tmp_path: Path
):
    head, _ = cluster
    config, out = tiny.write(tmp_path / "tiny.yaml", frames), tmp_path / "run"
    command = (
        sys.executable, "-m", "taskaffinity", "run", config, "--out", out, "--executor", "ray",
        "--set", f"executor.address={address_of(head)}", "--set", "executor.workers=2",
    )  # fmt: skip
    with head.started(*command) as process:
        program.wait_until(lambda: len(list(out.glob("cells/*/*.npz"))) >= 3, process)
        assert process.poll() is None
        head.kill(process)
    before = {file: file.stat().st_mtime_ns for file in out.glob("cells/*/*.npz")}
    head.run(*command)
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert (out / "losses.parquet").read_bytes() == (finished / "losses.parquet").read_bytes()


@contextmanager
def driving_naps(head: Host, folder: Path, count: int) -> "Iterator[subprocess.Popen[str]]":
    """Start a driver of many short jobs on the first host; its log is ``driver.log`` in the folder."""
    words = (sys.executable, "-m", "support.driving", "naps", address_of(head), folder, count)
    with head.started(*words) as process:
        yield process


def ended(driver: "subprocess.Popen[str]") -> list[str]:
    """Wait for a driver's end, and return the host of each job."""
    said, errors = driver.communicate(timeout=program.PATIENCE)
    assert driver.returncode == 0, errors
    return json.loads(said.splitlines()[-1])


def wait_for_cells(folder: Path, count: int) -> None:
    deadline = time.monotonic() + program.PATIENCE
    while len(list(folder.glob("cells/*/*.npz"))) < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)
