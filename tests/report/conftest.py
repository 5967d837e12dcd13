"""What the tests of the report share: a made-up run, its findings and its page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support import synthetic

from taskaffinity.report import write
from taskaffinity.report.findings import Findings, read_findings
from taskaffinity.runs.folder import RunFolder


def unwatched(title: str, total: int) -> Callable[[int], None]:
    """Watch nothing."""
    return lambda count: None


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up run with its report and figures. Not to be written to."""
    folder = synthetic.write(tmp_path_factory.mktemp("report") / "made_up")
    write(RunFolder(folder), unwatched)
    return folder


@pytest.fixture(scope="session")
def findings(run: Path) -> Findings:
    """Its findings."""
    return read_findings(run)
