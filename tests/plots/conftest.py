"""What the tests of figures share."""

import pytest
from support import synthetic

from taskaffinity.report.findings import Findings, read_findings


@pytest.fixture(scope="session")
def findings(tmp_path_factory: pytest.TempPathFactory) -> Findings:
    """The findings of the made-up run."""
    return read_findings(synthetic.write(tmp_path_factory.mktemp("plots") / "run"))
