"""What the tests of run folders share: a made-up run, and nobody who watches."""

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


@pytest.fixture
def run_of_tables(tmp_path: Path) -> RunFolder:
    """The made-up run: tables and records, no cells. It may be written to."""
    return RunFolder(synthetic.write(tmp_path / "made_up"))
