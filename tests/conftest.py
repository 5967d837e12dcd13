"""Fixtures of all tests. Threads and caches are set before anything heavy is imported."""

import fcntl
import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ[variable] = "1"  # the tests share the cores among processes, not within one
os.environ["MPLBACKEND"] = "Agg"
for variable in ("FORCE_COLOR", "NO_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TASKAFFINITY_CACHE"):
    os.environ.pop(variable, None)  # a terminal's wishes are no business of the tests

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support import box_room

if TYPE_CHECKING:
    from taskaffinity.pipeline import Prepared


@pytest.fixture(scope="session", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep prepared data out of the user's cache."""
    os.environ["TASKAFFINITY_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of forty RGB-D frames of 96x96 in one synthetic room. Not to be written to."""
    return box_room.write(tmp_path_factory.mktemp("frames"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Real frames and published tables beside the checkout; the test is skipped where they are not."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"real data is not there ({folder})")
    return folder


@pytest.fixture(scope="session")
def prepared(frames: Path) -> "Prepared":
    """The tiny run's data, tasks and plan."""
    from support import tiny

    from taskaffinity.config import parse
    from taskaffinity.pipeline import prepare_run

    return prepare_run(parse(tiny.content(frames)), tiny.Silent())


@pytest.fixture(scope="session")
def finished(frames: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of the tiny run, done by the program in one go. Not to be written to.

    The processes of pytest-xdist share it: the first to need it makes it, the others wait.
    """
    from support import program, tiny

    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "finished"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            config = tiny.write(folder / "tiny.yaml", frames)
            program.run("run", config, "--out", folder / "run", check=True)
            (folder / "done").touch()
    return folder / "run"
