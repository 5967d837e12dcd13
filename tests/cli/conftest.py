"""What the tests of commands share: a table of affinities."""

from pathlib import Path

import pytest
from support.affinities import random_table


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of affinities of single sources and pairs, made up."""
    path = tmp_path / "affinities.csv"
    random_table(7, share=2).to_csv(path, index=False)
    return path
