"""The main job, whole, and what may befall it: the losses are the same bits after any of it."""

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from support import program, tiny
from support.executors import all_end

from taskaffinity.config import parse
from taskaffinity.engine.executors.local import LocalExecutor
from taskaffinity.engine.job import Job
from taskaffinity.engine.plan import read_state
from taskaffinity.errors import InputError
from taskaffinity.models.encoder import make_encoder
from taskaffinity.pipeline import prepare_run, run
from taskaffinity.runs.folder import RunFolder

pytestmark = pytest.mark.xdist_group("finished run")

EXPECTED = (
    "config.yaml", "run.log", "data.json", "losses.parquet", "performance.csv", "affinities.csv", "gain.csv",
    "quality.csv", "sanity.json", "tree.json", "curve.json", "report.html", "taxonomy/budget-1.json",
    "taxonomy/budget-1.graphml", "sources/jigsaw.safetensors", "sources/jigsaw.json",
    "cells/denoising/jigsaw.npz", "cells/denoising/self.npz",
)  # fmt: skip


def losses_of(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "losses.parquet")


def assert_same_results(one: Path, other: Path) -> None:
    """Losses, cells and weights agree in every bit."""
    assert (one / "losses.parquet").read_bytes() == (other / "losses.parquet").read_bytes()
    for pattern in ("cells/*/*.npz", "sources/*.safetensors"):
        names = sorted(f.relative_to(one).as_posix() for f in one.glob(pattern))
        assert names == sorted(f.relative_to(other).as_posix() for f in other.glob(pattern))
        for name in names:
            if name.endswith(".safetensors"):
                assert (one / name).read_bytes() == (other / name).read_bytes()
            else:
                assert_same_cells(one / name, other / name)


def assert_same_cells(one: Path, other: Path) -> None:
    with np.load(one) as first, np.load(other) as second:
        for array in ("losses", "images", "shown", "predictions"):
            np.testing.assert_array_equal(first[array], second[array])


RESULTS = 18  # cells and sources of the tiny run


def results(folder: Path) -> int:
    """How many results are on the disk."""
    return len([*folder.glob("cells/*/*.npz"), *folder.glob("sources/*.json")])


@pytest.fixture
def config(frames: Path, tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "tiny.yaml", frames)


def test_a_run_leaves_all_that_is_promised(finished: Path):
    assert results(finished) == RESULTS
    assert [name for name in EXPECTED if not (finished / name).is_file()] == []
    assert list(finished.glob("figures/*.png"))
    assert not list(finished.rglob("*.tmp"))


def test_losses_have_every_transfer_of_every_test_image(finished: Path):
    losses = losses_of(finished)
    assert set(losses["target"]) == {"denoising", "depth_zbuffer"}
    assert set(losses["sources"]) == {
        "denoising", "depth_zbuffer", "jigsaw", "random", "self", "scratch", "constant",
    }  # fmt: skip
    assert losses.groupby(["target", "sources"]).size().nunique() == 1
    assert np.isfinite(losses["loss"]).all()


def kill_and_resume(config: Path, out: Path, seed: int, kills: int, **options: object) -> None:
    """Kill the run again and again, some results and up to a second later each time; then let it end.

    The kills are spread over the whole of the run: measuring, analysis and report.
    """
    rng, stride = np.random.default_rng(seed), 1 + RESULTS // kills
    for _ in range(kills):
        with program.started("run", config, "--out", out, **options) as process:
            wanted = min(RESULTS, results(out) + int(rng.integers(0, stride + 1)))
            program.wait_until(lambda wanted=wanted: results(out) >= wanted, process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(float(rng.uniform(0, 1)))
            process.send_signal(signal.SIGKILL)  # the driver alone; its workers have to notice
            process.communicate()
    program.run("run", config, "--out", out, check=True)


def test_killed_and_resumed_equals_uninterrupted(config: Path, finished: Path, tmp_path: Path):
    kill_and_resume(config, tmp_path / "run", seed=0, kills=3)
    assert_same_results(finished, tmp_path / "run")


@pytest.mark.slow
def test_killed_twenty_times_from_the_first_frame_on_equals_uninterrupted(
    config: Path, finished: Path, tmp_path: Path
):
    cold = {**os.environ, "TASKAFFINITY_CACHE": str(tmp_path / "cache")}
    kill_and_resume(config, tmp_path / "run", seed=1, kills=20, env=cold)
    assert_same_results(finished, tmp_path / "run")


def test_a_second_run_is_kept_out_and_an_interrupt_ends_the_first_at_once(config: Path, tmp_path: Path):
    out = tmp_path / "run"
    with program.started("run", config, "--out", out, "--set", "source.updates=100000") as process:
        # The driver, multiprocessing's tracker, and a worker that runs or is just starting.
        program.wait_until(
            lambda: (out / "config.yaml").is_file() and len(program.group_of(process)) >= 3, process
        )
        second = program.run("run", config, "--out", out)
        assert second.returncode == 2
        assert program.error_line(second).startswith(f"another process is working on {out}; wait for it")
        workers = program.group_of(process)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=program.PATIENCE)
    assert len(workers) >= 3
    assert process.returncode == 130
    assert said.strip().splitlines()[-1] == "error: interrupted; run the same command again to go on"
    assert "Traceback" not in said
    assert all_end(workers)


def test_a_full_disk_is_one_error_and_the_run_goes_on_from_there(
    config: Path, frames: Path, finished: Path, tmp_path: Path
):
    """The kernel refuses to let files grow beyond a size that weights exceed and cells do not."""

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))

    out = tmp_path / "run"
    with program.started("run", config, "--out", out, preexec_fn=little_room) as process:
        _, said = process.communicate(timeout=program.PATIENCE)
    assert process.returncode == 1
    assert said.count("error:") == 1
    assert "cannot be written (File too large); free some room and run the same command again" in said
    assert "Traceback" not in said
    assert not list(out.rglob("*.tmp"))
    tiny_losses = tiny.measure(tiny.content(frames), RunFolder(out))
    pd.testing.assert_frame_equal(tiny_losses, losses_of(finished), check_exact=True)


def unchanged(content: dict, tmp_path: Path, finished: Path) -> None:
    losses = tiny.measure(content, RunFolder(tmp_path / "run"))
    pd.testing.assert_frame_equal(losses, losses_of(finished), check_exact=True)


def test_clock_time_zone_and_language_change_nothing(
    frames: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Workers live in 1970, in Kathmandu, with a decimal comma; the data is read again there."""
    (tmp_path / "sitecustomize.py").write_text("import time\ntime.time = lambda: 1.0\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("TASKAFFINITY_CACHE", str(tmp_path / "cache"))
    unchanged(tiny.content(frames), tmp_path, finished)


def test_one_worker_that_is_killed_under_a_job_measures_what_two_do(
    frames: Path, finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    start, killed = LocalExecutor.start, []

    def start_and_kill(self: LocalExecutor, job: Job) -> None:
        start(self, job)
        if job.name == "source:jigsaw" and not killed:
            killed.append(job.name)
            (worker,) = self._running
            os.kill(int(worker._process.pid or 0), signal.SIGKILL)

    monkeypatch.setattr(LocalExecutor, "start", start_and_kill)
    unchanged(tiny.content(frames, executor={"workers": 1}), tmp_path, finished)
    assert killed


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [cut, *(pytest.param(d, marks=pytest.mark.slow) for d in (empty, Path.unlink))]
)
def test_damaged_files_are_made_again(
    frames: Path, finished: Path, tmp_path: Path, damage: Callable[[Path], None]
):
    """A cell, a checkpoint, facts and every encoding; the readout of the lost cell needs them all."""
    out = tmp_path / "run"
    shutil.copytree(finished, out)
    for name in ("cells/denoising/jigsaw.npz", "sources/depth_zbuffer.safetensors", "sources/random.json"):
        damage(out / name)
    for encoding in (out / "features").iterdir():
        damage(encoding)
    unchanged(tiny.content(frames, executor={"workers": 1}), tmp_path, finished)


def test_another_configuration_measures_anew_what_it_changes_and_keeps_the_rest(
    frames: Path, finished: Path, tmp_path: Path
):
    out = tmp_path / "run"
    shutil.copytree(finished, out)
    losses = tiny.measure(
        tiny.content(frames, scratch={"updates": 5}, executor={"workers": 1}), RunFolder(out)
    )
    before = losses_of(finished)
    changed = losses["sources"] == "scratch"
    assert not losses[changed].equals(before[changed])
    pd.testing.assert_frame_equal(losses[~changed], before[~changed], check_exact=True)


def checkpoint(file: Path, seed: int) -> Path:
    """Weights for the encoder of the tiny run, drawn from a seed."""
    torch.manual_seed(seed)
    torch.save(make_encoder(parse(tiny.content(file)).model).state_dict(), file)
    return file


def test_weights_change_sources_alone_and_other_content_measures_them_anew(
    frames: Path, finished: Path, tmp_path: Path
):
    out, file = tmp_path / "run", checkpoint(tmp_path / "weights.pt", seed=1)
    shutil.copytree(finished, out)
    content = tiny.content(frames, model={"weights": str(file)}, executor={"workers": 1})
    before, losses = losses_of(finished), tiny.measure(content, RunFolder(out))
    for (_, sources), rows in losses.groupby(["target", "sources"]):
        kept = sources in ("random", "scratch", "constant")
        assert rows.equals(before.loc[rows.index]) == kept, sources

    def left() -> set[str]:
        plan = prepare_run(parse(content), tiny.Silent()).plan
        done = read_state(plan, RunFolder(out)).done
        return {job.name for job in plan.jobs if job.name not in done and job.kind == "source"}

    assert left() == set()
    file.rename(tmp_path / "renamed.pt")
    content["model"]["weights"] = str(tmp_path / "renamed.pt")
    assert left() == set()
    checkpoint(tmp_path / "renamed.pt", seed=2)
    assert left() == {"source:denoising", "source:depth_zbuffer", "source:jigsaw"}
    unchanged(tiny.content(frames, executor={"workers": 1}), tmp_path, finished)
    assert not (out / "weights.safetensors").exists()


def test_weights_that_do_not_fit_are_refused_before_anything_is_made(
    frames: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TASKAFFINITY_CACHE", str(tmp_path / "cache"))
    config = parse(tiny.content(frames, model={"weights": str(tmp_path / "none.pt")}))
    with pytest.raises(InputError, match=r"model.weights: there is no file"):
        run(config, tmp_path / "run", tiny.Silent())
    assert list(tmp_path.iterdir()) == []
