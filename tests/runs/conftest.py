"""What the tests of run folders share: a made-up run, and nobody who watches."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from support import synthetic

from taskaffinity.runs.folder import RunFolder
from taskaffinity.runs.watching import Nobody


@pytest.fixture
def unwatched() -> Callable[[str, int], Callable[[int], None]]:
    """Watch nothing."""
    return Nobody().step


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up run. Not to be written to."""
    return synthetic.write(tmp_path_factory.mktemp("runs") / "made_up")


@pytest.fixture
def run_of_tables(made_up: Path, tmp_path: Path) -> RunFolder:
    """The made-up run: tables and records, no cells. It may be written to."""
    return RunFolder(Path(shutil.copytree(made_up, tmp_path / "made_up")))
