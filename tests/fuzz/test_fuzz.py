"""Every fuzz target runs, for a moment; `python tests/fuzz/NAME.py --seconds 600` is the real thing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
ELSEWHERE = {"mutate", "foreign_data"}  # what targets share, and the one that tests/data runs
TARGETS = sorted(
    file for file in FOLDER.glob("*.py") if "main(" in file.read_text() and file.stem not in ELSEWHERE
)


@pytest.mark.parametrize("target", [file for file in TARGETS if file != Path(__file__)], ids=lambda f: f.stem)
def test_nothing_breaks_in_a_moment(target: Path) -> None:
    command = [sys.executable, str(target), "--seconds", "2", "--seed", "1"]
    environment = {**os.environ, "PYTHONPATH": str(FOLDER.parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    assert "none broke anything" in done.stdout
