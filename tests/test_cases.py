"""The reproductions of reported faults, beside the checkout: each `run.sh` exits 0 where the product behaves.

A case is a shell script that gets the program as ``TA`` and the Python as ``PY``, and says in its last line
what it saw. Each runs with a folder for temporary files of its own, and makes its cache there.
"""

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT.parent / "shared" / "cases"
SCRIPTS = sorted(FOLDER.glob("*/run.sh"))
LONGEST = 900  # seconds, on a machine that does other things too
SLOW = {  # about a minute or more on two cores
    "03-stale-cache", "15-no-home", "a10-status-renders-data",
    "21-yaml-types-in-paths", "a08-report-out-writes-into-run", "a09-report-needs-what-is-gone",
    "a20-precision-keeps-random-encodings", "a21-own-transform-edited", "a24-report-examples-ignored",
    "a26-images-overwritten-same-size", "a28-two-runs-one-cache", "a29-killed-while-rendering-leaves-data",
    "a31-flipped-bits-in-data-cache", "a34-disk-full", "a35-old-tables-under-new-config",
}  # fmt: skip


def marks_of(script: Path) -> list[pytest.MarkDecorator]:
    """Mark a case that takes long."""
    return [pytest.mark.slow] if script.parent.name in SLOW else []


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that other users can look into, which pytest's own are not; one case has another user."""
    with tempfile.TemporaryDirectory(prefix="case-", ignore_cleanup_errors=True) as made:
        Path(made).chmod(0o755)
        (Path(made) / "tmp").mkdir(mode=0o777)
        yield Path(made)


def program(file: Path, *command: str) -> Path:
    """Write a program that runs a command in this environment, with its arguments."""
    path = f"export PYTHONPATH={shlex.quote(str(ROOT))}"
    file.write_text(f'#!/bin/sh\n{path}\nexec {shlex.join([sys.executable, *command])} "$@"\n')
    file.chmod(0o755)
    return file


@pytest.mark.skipif(not SCRIPTS, reason=f"the cases are not there ({FOLDER})")
@pytest.mark.parametrize(
    "script", [pytest.param(script, id=script.parent.name, marks=marks_of(script)) for script in SCRIPTS]
)
def test_the_case_behaves(script: Path, folder: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if name != "TASKAFFINITY_CACHE"},
        "TA": str(program(folder / "taskaffinity", "-m", "taskaffinity")),
        "PY": str(program(folder / "python")),
        "TMPDIR": str(folder / "tmp"),
    }
    done = subprocess.run(
        ["bash", str(script)], env=environment, cwd=folder, stdin=subprocess.DEVNULL, timeout=LONGEST,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
